"""How the HTML of a report looks: by day, by night and on paper. No outside font, picture or script."""

from __future__ import annotations

CSS = """
.modellab{--ink:#10192b;--muted:#5b6779;--line:#dde3eb;--ground:#fff;--soft:#f5f7fa;--blue:#0f5fdc;--green:#0a7d52;
--red:#c8323c;color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
font-variant-numeric:tabular-nums}
@media (prefers-color-scheme:dark){.modellab{--ink:#e6eaf1;--muted:#93a0b4;--line:#2a3443;--ground:#0e131b;
--soft:#171e29;--blue:#7fb0ff;--green:#3ccb91;--red:#f2747c}}
.modellab *{box-sizing:border-box}
.modellab h1{font-size:28px;line-height:1.2;font-weight:650;margin:0;letter-spacing:-.01em}
.modellab h2{font-size:19px;font-weight:600;margin:0 0 12px}
.modellab p{margin:0 0 10px}
.modellab .context{color:var(--muted);margin:6px 0 24px}
.modellab section{border:1px solid var(--line);border-radius:10px;padding:20px 22px;margin:0 0 18px;
background:var(--ground)}
.modellab .first{font-size:19px;line-height:1.45;font-weight:600;margin-bottom:14px}
.modellab ol,.modellab ul{margin:0;padding-left:20px;color:var(--ink)}
.modellab li{margin:4px 0}
.modellab .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:14px;margin:0 0 18px}
.modellab .card{border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.modellab .card b{display:block;font-size:26px;font-weight:600;line-height:1.25}
.modellab .card span{color:var(--muted);font-size:13px}
.modellab .wide{overflow-x:auto}
.modellab table{border-collapse:collapse;width:100%;font-size:14px;background:none}
.modellab th{text-align:left;font-weight:500;color:var(--muted);background:var(--soft);padding:7px 10px;
white-space:nowrap}
.modellab td{text-align:left;padding:7px 10px;border-top:1px solid var(--line);vertical-align:middle;
overflow-wrap:anywhere}
.modellab th.n,.modellab td.n{text-align:right;white-space:nowrap;overflow-wrap:normal}
.modellab .why{color:var(--muted);font-size:13px}
.modellab .keep{white-space:nowrap}
.modellab tr.head td{font-weight:600}
.modellab .bar{display:block;width:132px;height:14px}
.modellab .pill{display:inline-block;border-radius:99px;padding:0 9px;background:var(--soft);color:var(--muted);
font-size:13px;white-space:nowrap}
.modellab .pill.better{color:var(--green)}
.modellab .pill.worse{color:var(--red)}
.modellab .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:18px}
.modellab figure{margin:0;min-width:0}
.modellab figure.all{grid-column:1/-1}
.modellab figure img{display:block;width:100%;height:auto;border-radius:8px;border:1px solid var(--line);
background:#fff}
.modellab figure h3{font-size:15px;font-weight:600;margin:0}
.modellab figcaption{color:var(--muted);font-size:13px;line-height:1.45;margin-top:8px}
.modellab footer{color:var(--muted);font-size:13px}
@media print{.modellab{--ink:#000;--muted:#444;--line:#bbb;--ground:#fff;--soft:#f2f2f2;--blue:#0f5fdc;font-size:11px}
.modellab section,.modellab .card,.modellab figure,.modellab tr{break-inside:avoid}
.modellab section.long{break-inside:auto}
.modellab .figures{grid-template-columns:1fr 1fr}}
"""

PAGE = """
html{background:#fff;color-scheme:light dark}
@media (prefers-color-scheme:dark){html{background:#0e131b}}
@media print{html{background:#fff}}
body{margin:0}
.modellab{max-width:1180px;margin:0 auto;padding:36px 28px 48px}
"""
