// The design system: one accent, cool neutrals, small radii, and a density that is a person's own choice.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = ['#eef0ff', '#dde1fd', '#b9c1f8', '#929ef3', '#7180ef', '#5c6dec', '#4a5be0', '#3d4fe0', '#3240bd', '#26329b'];
const slate: MantineColorsTuple = ['#c9ced8', '#b3bac8', '#8d96a8', '#5f697d', '#3c4557', '#2d3545', '#222938', '#181e2b', '#121722', '#0c1019'];

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: { accent, dark: slate },
  autoContrast: true,
  fontFamily: '"Inter", ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  headings: { fontWeight: '620', sizes: { h1: { fontSize: '1.25rem', lineHeight: '1.3' }, h2: { fontSize: '1rem', lineHeight: '1.4' }, h3: { fontSize: '0.875rem', lineHeight: '1.4' } } },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '11px', xl: '16px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', comboboxProps: { shadow: 'md' } } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.4, blur: 2 } } },
    Menu: { defaultProps: { shadow: 'md' } },
    Popover: { defaultProps: { shadow: 'md' } },
  },
});

/** Roles of colour that the component library has no name for. Contrast is at least 4.5:1 for text in both schemes. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff', '--mantine-color-dimmed': '#5a6375', '--mantine-color-placeholder': '#687286', '--mantine-color-error': '#b42318',
    '--ground': '#f6f7f9', '--card': '#ffffff', '--line': '#e4e7ec', '--line-strong': '#cfd5de', '--ink': '#161b26', '--soft': '#5a6375',
    '--hover': '#f1f3f7', '--chosen': '#eceeff', '--fresh': '#fff1c2', '--good': '#0b7a55', '--warn': '#95520a', '--bad': '#b42318', '--warn-ground': '#fff6e3', '--bad-ground': '#fef1f0', '--good-ground': '#e9f8f1',
    '--accent-ink': '#3240bd',
  },
  dark: {
    '--mantine-color-body': '#121722', '--mantine-color-dimmed': '#9aa4b7', '--mantine-color-placeholder': '#8d96a8', '--mantine-color-error': '#ff9a8f',
    '--ground': '#0c1019', '--card': '#121722', '--line': '#232b3a', '--line-strong': '#343e51', '--ink': '#e8ecf4', '--soft': '#9aa4b7',
    '--hover': '#19202d', '--chosen': '#1d2544', '--fresh': '#3d3510', '--good': '#4fd1a1', '--warn': '#f0b35c', '--bad': '#ff9a8f', '--warn-ground': '#2c2313', '--bad-ground': '#301a1b', '--good-ground': '#10281f',
    '--accent-ink': '#a3aefb',
  },
});
