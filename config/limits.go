package config

// MaxKPIs is how many KPIs a main file and what it includes may define. Each is kept in memory with its definition, its state and what was
// read of its past, and is on every scrape. With 10,000 of them that have a label, a target and 13 periods, serve was measured to take 270 MB
// with GOMEMLIMIT=230MiB, and 450 MB without: what the container of an exporter may have.
const MaxKPIs = 10_000

// failTooMany reports the first KPI of each file for which there is no room after the files before it. Its KPIs are not counted.
func (l *loader) failTooMany() {
	room := MaxKPIs
	for _, f := range l.files {
		if len(f.kpis) <= room {
			room -= len(f.kpis)
			continue
		}
		f.Fail(f.kpis[room].n, "let several exporters read a main file each, which includes some of the files",
			"a KPI too many: all files together define more than %d,000", MaxKPIs/1000)
	}
}
