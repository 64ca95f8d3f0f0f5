import { createRoot } from 'react-dom/client';
import './ui/styles';
import { App } from './App';
import { speak } from './texts';
import { settings } from './ui/settings';

// Libraries that make style elements of their own ask for the nonce here.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';
Object.assign(globalThis, { __webpack_nonce__: nonce });

await speak(settings().language);
createRoot(document.getElementById('root')!).render(<App nonce={nonce} />);
