import { WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import type { ClientHello } from "../wire/dtls/client-hello.ts";
import {
  CertificateType,
  decodeCertificateTypesOffer,
  decodeConnectionId,
  decodeEcPointFormats,
  decodeRenegotiationInfo,
  decodeServerName,
  decodeSignatureAlgorithms,
  decodeSupportedGroups,
  ExtensionType,
  NamedGroup,
} from "../wire/dtls/extensions.ts";
import { DTLS12 } from "../wire/dtls/record.ts";
import { failure, type HandshakeFailure } from "./handshake.ts";

/** What a ClientHello offers, as the server uses it: extensions read, and what they default to. */
export interface HelloOffer {
  readonly suites: readonly number[];
  /** By either of its two forms. [RFC 5746 §3.3] */
  readonly renegotiationInfo: boolean;
  readonly extendedMasterSecret: boolean;
  /** Undefined where the client names none: then any certificate's curve will do. */
  readonly groups: readonly number[] | undefined;
  readonly pointFormats: boolean;
  /** For signatures; without the extension only SHA-1 is meant, which is as good as none. [RFC 5246 §7.4.1.4.1] */
  readonly schemes: readonly number[];
  /** In lower case. */
  readonly serverName: string | undefined;
  /** Empty where a ticket is only asked for; undefined where the client has no use for one. [RFC 5077 §3.2] */
  readonly ticket: Uint8Array | undefined;
  /** What the client wants to find in our records; empty for nothing. [RFC 9146 §3] */
  readonly connectionId: Uint8Array | undefined;
  readonly returnRoutability: boolean;
  /** X.509 unless the client says otherwise. [RFC 7250 §4.1] */
  readonly clientCertificateTypes: readonly number[];
  readonly serverCertificateTypes: readonly number[];
  /** Extensions that the client sent: a server answers no others. [RFC 5246 §7.4.1.4] */
  readonly extensions: ReadonlySet<number>;
}

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV: an empty renegotiation_info in another dress. [RFC 5746 §3.3] */
const RENEGOTIATION_SCSV = 0x00ff;

/** What a ClientHello offers, or what it says that it may not. @throws {WireError} for a malformed extension */
export function readOffer(hello: ClientHello): HelloOffer | HandshakeFailure {
  const data = new Map(hello.extensions.map((extension) => [extension.type, extension.data]));
  const fault = generalFault(hello) ?? extensionFault(data);
  if (fault) return fault;
  const read = <T>(type: number, decode: (data: Uint8Array) => T): T | undefined => {
    const found = data.get(type);
    return found && decode(found);
  };
  const x509 = [CertificateType.x509];
  return {
    suites: hello.cipherSuites,
    renegotiationInfo:
      data.has(ExtensionType.renegotiationInfo) || hello.cipherSuites.includes(RENEGOTIATION_SCSV),
    extendedMasterSecret: data.has(ExtensionType.extendedMasterSecret),
    groups: read(ExtensionType.supportedGroups, decodeSupportedGroups),
    pointFormats: data.has(ExtensionType.ecPointFormats),
    schemes: read(ExtensionType.signatureAlgorithms, decodeSignatureAlgorithms) ?? [],
    serverName: read(ExtensionType.serverName, decodeServerName)?.toLowerCase(),
    ticket: data.get(ExtensionType.sessionTicket),
    connectionId: read(ExtensionType.connectionId, decodeConnectionId)?.slice(),
    returnRoutability: read(ExtensionType.returnRoutabilityCheck, nothing) ?? false,
    clientCertificateTypes:
      read(ExtensionType.clientCertificateType, decodeCertificateTypesOffer) ?? x509,
    serverCertificateTypes:
      read(ExtensionType.serverCertificateType, decodeCertificateTypesOffer) ?? x509,
    extensions: new Set(data.keys()),
  };
}

/** The groups for an exchange: a client that names none takes any, and P-256 is what every one has. [RFC 8422 §4] */
export function offeredGroups({ groups }: HelloOffer): readonly number[] {
  return groups ?? [NamedGroup.secp256r1];
}

/** What no version of DTLS is without; 3 is TLS's. [RFC 6347 §4.1] */
const DTLS_MAJOR = 0xfe;

/** The data of an extension that is only a flag. @throws {WireError} */
function nothing(data: Uint8Array): true {
  if (data.length > 0) throw new WireError("wire/leftover", "return_routability is not empty");
  return true;
}

function generalFault(hello: ClientHello): HandshakeFailure | undefined {
  // DTLS versions count downwards: 1.2 is 0xfefd, 1.0 is 0xfeff. A later client speaks 1.2 too. [RFC 6347 §4.1]
  if (hello.version > DTLS12 || hello.version >> 8 !== DTLS_MAJOR) {
    const reason = "the client offers no version from DTLS 1.2 on";
    return failure("dtls/protocol", reason, AlertDescription.protocolVersion);
  }
  if (!hello.compressionMethods.includes(0)) {
    const reason = "the client does not offer to go without compression";
    return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
  }
  return undefined;
}

/** What an extension says that it may not. */
function extensionFault(extensions: ReadonlyMap<number, Uint8Array>): HandshakeFailure | undefined {
  // This is a first handshake: there is no verify_data to bind to. [RFC 5746 §3.6]
  const renegotiation = extensions.get(ExtensionType.renegotiationInfo);
  if (renegotiation && decodeRenegotiationInfo(renegotiation).length > 0) {
    const reason = "the client's renegotiation_info is not empty";
    return failure("dtls/protocol", reason, AlertDescription.handshakeFailure);
  }
  const extended = extensions.get(ExtensionType.extendedMasterSecret);
  if (extended && extended.length > 0) {
    const reason = "the client's extended_master_secret is not empty"; // [RFC 7627 §5.1]
    return failure("dtls/protocol", reason, AlertDescription.decodeError);
  }
  // Uncompressed is what everyone must be able to do. [RFC 8422 §5.1.2]
  const formats = extensions.get(ExtensionType.ecPointFormats);
  if (formats && !decodeEcPointFormats(formats).includes(0)) {
    const reason = "the client's ec_point_formats lacks uncompressed points";
    return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
  }
  return undefined;
}
