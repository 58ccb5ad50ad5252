import { useEffect } from "preact/hooks";
import { abilities } from "./state/abilities.ts";
import { followFilters } from "./state/feed.ts";
import { follow } from "./state/live.ts";
import { followAddress } from "./state/route.ts";
import { connection, open } from "./state/session.ts";
import { CodeDialog } from "./ui/code-dialog.tsx";
import { Composer } from "./ui/composer.tsx";
import { DropZone } from "./ui/drop-zone.tsx";
import { Feed } from "./ui/feed.tsx";
import { Header } from "./ui/header.tsx";
import { KeyForm } from "./ui/key-form.tsx";
import { Notices } from "./ui/notices.tsx";
import { Tray } from "./ui/tray.tsx";
import { Viewer } from "./ui/viewer.tsx";

export function App() {
  const refused = connection.value === "refused";
  useEffect(() => {
    if (refused) return;
    const abort = new AbortController();
    void open().then(() => follow(abort.signal));
    return () => abort.abort();
  }, [refused]);
  useEffect(followFilters, []);
  useEffect(followAddress, []);
  return (
    <>
      <Header />
      {refused ? (
        <KeyForm />
      ) : (
        <main>
          <Composer />
          <Feed />
          <Tray />
          <Viewer />
          <CodeDialog />
          {abilities.value.varies && <DropZone />}
        </main>
      )}
      <Notices />
    </>
  );
}
