// The web app's side of the door, on the real better-auth: sign-up, sign-in, sign-out, and the route that records a
// conversation. Arguments: the package to import. MONGODB_URI, MONGODB_DB and BETTER_AUTH_SECRET are the app's own.
// It prints its address when it listens. Names of people steer the hook, which calls another service in the app:
// "held ..." waits until two are held, "failed ..." finds that service away and throws, "unlinked ..." finds it away
// and goes on without having set `id`.
import { createServer } from "node:http";
import { MongoClient, ObjectId } from "mongodb";

const [, , name] = process.argv;
const { betterAuth } = await import(name);
const { mongodbAdapter } = await import(`${name}/adapters/mongodb`);
const { toNodeHandler, fromNodeHeaders } = await import(`${name}/node`);

const client = await new MongoClient(process.env.MONGODB_URI).connect();
const db = client.db(process.env.MONGODB_DB);
const DAY = 24 * 60 * 60;

let held = [];
async function otherService(user) {
  if (user.name.startsWith("failed")) throw new Error("the other service is away");
  if (user.name.startsWith("held")) {
    await new Promise((resolve) => {
      held.push(resolve);
      if (held.length === 2) held.splice(0).forEach((go) => go());
    });
  }
  return !user.name.startsWith("unlinked");
}

function authOf(base, useSecureCookies) {
  return betterAuth({
    baseURL: base,
    basePath: `/${useSecureCookies ? "secure" : "plain"}/api/auth`,
    database: mongodbAdapter(db, { client }),
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: true, maxAge: 60 }, expiresIn: 7 * DAY, updateAge: DAY / 2 },
    advanced: { useSecureCookies },
    telemetry: { enabled: false },
    databaseHooks: {
      user: {
        create: {
          after: async (user) => {
            if (await otherService(user)) {
              await db.collection("user").updateOne({ _id: new ObjectId(user.id) }, { $set: { id: user.id } });
            }
          },
        },
      },
    },
  });
}

async function record(auth, request, response) {
  const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
  if (!session) return answer(response, 401, { error: "Unauthorized" });
  let text = "";
  for await (const chunk of request) text += chunk;
  const { conversationId, agentId = null, workflowId = null, metadata = null } = JSON.parse(text);
  const now = new Date();
  await db.collection("elevenlabs_conversations").updateOne(
    { conversation_id: conversationId },
    {
      $set: { user_id: session.user.id, agent_id: agentId, workflow_id: workflowId, metadata, updated_at: now },
      $setOnInsert: { conversation_id: conversationId, started_at: now },
    },
    { upsert: true },
  );
  await db
    .collection("user")
    .updateOne({ id: session.user.id }, { $push: { elevenlabs_conversations: conversationId } });
  return answer(response, 201, { ok: true });
}

function answer(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

let plain, secure;
const server = createServer(async (request, response) => {
  try {
    if (request.url.startsWith("/plain/api/auth/")) return await toNodeHandler(plain)(request, response);
    if (request.url.startsWith("/secure/api/auth/")) return await toNodeHandler(secure)(request, response);
    if (request.url === "/api/responder/conversations") return await record(plain, request, response);
    return answer(response, 404, { error: "Not found" });
  } catch (error) {
    console.error(error);
    return answer(response, 500, { error: String(error) });
  }
});
server.listen(0, "127.0.0.1", () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  plain = authOf(base, false);
  secure = authOf(base, true);
  console.log(base);
});
