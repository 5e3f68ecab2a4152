// Chosen photos are shown at once and made smaller before they are sent: a phone's 10 MB picture becomes half a megabyte. The server
// re-encodes whatever arrives, so a browser that cannot do this sends the original.
const LONGEST = 2048;
const QUALITY = 0.85;
const WORTH = 500_000;

async function smaller(file: File): Promise<File> {
  if (file.size < WORTH) return file;
  try {
    const bitmap = await createImageBitmap(file, {imageOrientation: 'from-image'});
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise<Blob | null>((done) => { canvas.toBlob(done, 'image/jpeg', QUALITY); });
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', {type: 'image/jpeg'});
  } catch {
    return file; // a format this browser does not know: the server says what is wrong with it
  }
}

function preview(files: File[], list: HTMLElement): void {
  for (const image of list.querySelectorAll('img')) URL.revokeObjectURL(image.src);
  list.replaceChildren(...files.map((file) => {
    const line = document.createElement('li');
    const image = document.createElement('img');
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    image.addEventListener('error', () => line.remove());
    line.append(image);
    return line;
  }));
}

export function watchPhotos(input: HTMLInputElement): void {
  const list = document.createElement('ul');
  list.className = 'previews';
  input.after(list);
  let latest = 0;
  input.addEventListener('change', () => {
    const mine = ++latest;
    const form = input.form;
    form?.setAttribute('aria-busy', 'true');
    void Promise.all([...(input.files ?? [])].map(smaller)).then((files) => {
      if (mine !== latest) return;
      const box = new DataTransfer();
      for (const file of files) box.items.add(file);
      input.files = box.files;
      preview(files, list);
      form?.removeAttribute('aria-busy');
    });
  });
}
