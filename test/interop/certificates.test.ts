/** What `openssl verify` thinks of the chains that our own path validation is tried with. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { MadeCertificate } from "../support/make-certificate.ts";
import { peer } from "../support/peers.ts";
import { run } from "../support/program.ts";
import { BELIEVED } from "../unit/dtls/pki/believed-paths.ts";
import { NOW, type PathCase, ROOT } from "../unit/dtls/pki/path-cases.ts";
import { REFUSED } from "../unit/dtls/pki/refused-paths.ts";

const openssl = peer("openssl");
const folder = mkdtempSync(join(tmpdir(), "mayday-certificates-"));
after(() => rmSync(folder, { recursive: true }));

function pemFile(name: string, certificates: readonly MadeCertificate[]): string {
  const path = join(folder, `${name}.pem`);
  writeFileSync(path, certificates.map(({ pem }) => pem).join(""));
  return path;
}

/** Security level 2 is what refuses SHA-1 and 1024 bits of RSA, as we do. */
function argumentsFor({ chain, anchors = [ROOT], purpose }: PathCase): readonly string[] {
  const untrusted = chain.length > 1 ? ["-untrusted", pemFile("untrusted", chain.slice(1))] : [];
  const options = `verify -auth_level 2 -attime ${NOW / 1_000} -no-CApath -no-CAstore`;
  return [
    ...options.split(" "),
    "-purpose",
    `ssl${purpose ?? "server"}`,
    ...(anchors.length > 0 ? ["-CAfile", pemFile("anchors", anchors)] : ["-no-CAfile"]),
    ...untrusted,
    pemFile("leaf", chain.slice(0, 1)),
  ];
}

for (const one of [...BELIEVED, ...REFUSED]) {
  if (one.chain.length === 0) continue;
  const differs = one.opensslDiffers === undefined ? "" : `, unlike us: ${one.opensslDiffers}`;
  const believes = (one.refused === undefined) === (differs === "");
  const verb = believes ? "believes" : "refuses";
  test(`OpenSSL ${verb} ${one.title}${differs}`, openssl, async (t) => {
    const program = run(t, openssl.path, argumentsFor(one));
    const code = await program.exit();
    assert.match(program.output, believes ? /: OK$/m : /verification failed/);
    assert.equal(code === 0, believes, program.output);
  });
}
