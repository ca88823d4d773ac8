// One like, sent and announced to everything on the page that shows it.
import { call, loggedIn } from "./api";
import { engine } from "./engine";
import { announce, text } from "./texts";

export interface Liked {
  id: string;
  liked: boolean;
}

const publish = (detail: Liked): void => {
  engine.setLiked(detail.id, detail.liked);
  document.dispatchEvent(new CustomEvent<Liked>("like:changed", { detail }));
};

/** Shows the like at once, sends it, and takes it back when it was not stored. */
export const setLike = async (id: string, liked: boolean): Promise<void> => {
  if (!loggedIn()) {
    announce(text("like.login"));
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    return;
  }
  publish({ id, liked });
  try {
    const answer = await call(liked ? "PUT" : "DELETE", `/api/v1/likes/${encodeURIComponent(id)}`);
    if (!answer.ok) throw new Error(String(answer.status));
  } catch {
    publish({ id, liked: !liked });
    announce(text("like.failed"));
  }
};
