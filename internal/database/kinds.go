package database

import (
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// kind is an engine, and how a source of it is made.
type kind struct {
	engine engine.Engine
	open   func(*config.Database) Source
}

// kinds returns all of them: an engine is one line. One that speaks SQL needs a dialect; another one is a Source of its own.
func kinds() []kind {
	return []kind{
		{engine.Postgres{}, sqlSource(postgres{}, 0)},
		{engine.MySQL{}, sqlSource(mysqlDialect{}, engine.MySQL{}.Spare())},
		{engine.SQLite{}, sqlSource(sqlite{}, 0)},
		{engine.Prometheus{}, newPrometheus},
	}
}

// opener returns how sources of an engine are made, nil if that is not known.
func opener(e engine.Engine) func(*config.Database) Source {
	for _, k := range kinds() {
		if k.engine == e {
			return k.open
		}
	}
	return nil
}

// sqlSource makes pools of connections that speak a dialect, and leave some for other work than queries.
func sqlSource(d dialect, spare int) func(*config.Database) Source {
	return func(cfg *config.Database) Source { return newPool(cfg, d, spare) }
}
