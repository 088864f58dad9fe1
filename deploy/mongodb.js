// The health check of compose.yaml's MongoDB, by mongosh: makes the replica set and our user once, then asks whether this
// is the primary. Our user may read and write one database, and nothing else.
const fs = require('fs')
const password = name => fs.readFileSync(`${process.env.SECRETS ?? '/run/secrets'}/${name}`, 'utf8').trim()
const admin = db.getSiblingDB('admin')

admin.auth('root', password('mongodb_root_password'))
try {
  rs.status()
} catch (error) {
  if (error.codeName !== 'NotYetInitialized') throw error
  rs.initiate({_id: 'astra', members: [{_id: 0, host: process.env.MEMBER ?? 'mongodb:27017'}]})
}
if (!db.hello().isWritablePrimary) quit(1)
if (!admin.getUser('astra')) {
  const roles = ['readWrite', 'dbAdmin'].map(role => ({role, db: process.env.MONGODB_DB || 'astra'}))
  admin.createUser({user: 'astra', pwd: password('mongodb_password'), roles})
}
