const NOT_WANTED = /^q=0(?:\.0{0,3})?$/;

/** Whether an `Accept-Encoding` header takes gzip. [RFC 9110 §12.5.3] */
export function acceptsGzip(header: string | undefined): boolean {
  const named = new Map(
    (header ?? "").split(",").map((part) => {
      const [coding = "", weight = ""] = part.toLowerCase().split(";");
      return [coding.trim(), !NOT_WANTED.test(weight.trim())] as const;
    }),
  );
  return named.get("gzip") ?? named.get("x-gzip") ?? named.get("*") ?? false;
}
