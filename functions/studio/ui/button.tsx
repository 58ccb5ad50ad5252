import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icons.tsx";

type Props = JSX.IntrinsicElements["button"];

/** A button that shows an icon only. The label is its name, and its tooltip. */
export function IconButton({
  icon,
  label,
  filled = false,
  ...rest
}: Props & { readonly icon: IconName; readonly label: string; readonly filled?: boolean }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} {...rest}>
      <Icon name={icon} filled={filled} />
    </button>
  );
}

export function Button({
  icon,
  filled = false,
  primary = false,
  children,
  ...rest
}: Props & {
  readonly icon?: IconName;
  readonly filled?: boolean;
  readonly primary?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <button type="button" class={primary ? "button primary" : "button"} {...rest}>
      {icon && <Icon name={icon} filled={filled} />}
      <span>{children}</span>
    </button>
  );
}
