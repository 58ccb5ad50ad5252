// Records as XMP packets (ISO 16684-1), which PNG, WebP and GIF files can all carry and image software reads. Pure.
import { captionOf, type Provenance, parseProvenance } from "./provenance.ts";

/** Records are a few kilobytes: eight captions of 1,000 characters are the longest. */
export const MAX_PACKET_BYTES = 262_144;

const NAMESPACE = "urn:unclip:provenance/1.0/";
/** The IPTC's term for pictures that a trained model made. Search engines and platforms label them by it. */
const SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/** The same record gives the same packet. */
export function toXmp(record: Provenance): string {
  const { version, model } = record;
  const caption = captionOf(record);
  const description =
    caption &&
    `
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(caption)}</rdf:li></rdf:Alt></dc:description>`;
  return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:unclip="${NAMESPACE}">${description ?? ""}
   <xmp:CreatorTool>${escapeXml(`unclip ${version}, ${model.name} ${model.version}`)}</xmp:CreatorTool>
   <Iptc4xmpExt:DigitalSourceType>${SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
   <unclip:record>${escapeXml(JSON.stringify(record))}</unclip:record>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>`;
}

/** The record in a packet, or undefined. Reads one element, whose text has no other elements, and resolves no entity of XML. */
export function fromXmp(packet: string): Provenance | undefined {
  const open = "<unclip:record>";
  const start = packet.indexOf(open);
  const end = packet.indexOf("</unclip:record>", start);
  return start < 0 || end < 0 ? undefined : parseProvenance(unescapeXml(packet.slice(start + open.length, end)));
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text in XML. Characters that XML 1.0 forbids become U+FFFD. JSON escapes all of them but U+FFFE and U+FFFF. */
function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids.
      .replace(/[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
      .replace(/[&<>"]/g, (character) => ENTITIES[character as keyof typeof ENTITIES])
  );
}

function unescapeXml(text: string): string {
  const characters = Object.fromEntries(Object.entries(ENTITIES).map(([character, entity]) => [entity, character]));
  return text.replace(/&(?:amp|lt|gt|quot);/g, (entity) => characters[entity]!);
}
