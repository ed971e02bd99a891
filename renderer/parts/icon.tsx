/** A drawing. It says nothing to those who cannot see it: words always stand beside it. */
export function Icon({ paths }: { readonly paths: readonly string[] }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {paths.map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}
