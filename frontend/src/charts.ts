// Charts beside their tables, on pages of money. The drawing library is fetched only when a chart comes into view; the table is complete
// without it.
export interface Chart {
  form: 'years' | 'bars';
  currency: string;
  series: string[];
  points: {name: string; series: string; amount: number}[];
}

const watcher = new IntersectionObserver((entries) => {
  for (const {isIntersecting, target} of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    const figure = target as HTMLElement;
    const chart = JSON.parse(figure.dataset['chart'] ?? '{}') as Chart;
    void import('./charts-draw').then(({drawChart}) => { drawChart(figure, chart); });
  }
}, {rootMargin: '300px'});

document.querySelectorAll<HTMLElement>('[data-chart]').forEach((figure) => { watcher.observe(figure); });
