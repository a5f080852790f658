// What is printed.
export function table(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => String(row[column]).length)));
  const line = (row) => row.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[column]) : String(cell).padStart(widths[column]))).join("  ");
  return [head, ...rows].map(line).join("\n");
}

export const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
export const kilobytes = (bytes) => (bytes / 1e3).toFixed(1);
export const milliseconds = (time) => time.toFixed(time < 10 ? 1 : 0);
export const named = (size) => (size < 1e6 ? `${size / 1e3} KB` : `${size / 1e6} MB`);
