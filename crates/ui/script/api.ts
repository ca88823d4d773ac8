// Calls to the JSON interface with the browser's session.

const meta = (name: string): string =>
  document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

export const csrfToken = (): string => meta("csrf-token");
export const loggedIn = (): boolean => meta("viewer") !== "";

const send = (method: string, path: string, body?: unknown): Promise<Response> => {
  const headers: Record<string, string> = { Accept: "application/json", "X-CSRF-Token": csrfToken() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const content = body === undefined ? null : JSON.stringify(body);
  return fetch(path, { method, headers, body: content, credentials: "same-origin" });
};

/** Renews an access cookie that ran out while the page stayed open. */
export const renew = async (): Promise<void> => {
  await fetch("/auth/refresh?next=/favicon.svg", { credentials: "same-origin" });
};

/** A call; one that finds the session expired renews it and tries once more. */
export const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
  const answer = await send(method, path, body);
  if (answer.status !== 401 || !loggedIn()) return answer;
  await renew();
  return send(method, path, body);
};

/** What a problem answer (RFC 9457) says, in words. */
export const problem = async (answer: Response): Promise<string> => {
  try {
    const said = (await answer.json()) as { detail?: string; title?: string };
    return said.detail ?? said.title ?? String(answer.status);
  } catch {
    return String(answer.status);
  }
};
