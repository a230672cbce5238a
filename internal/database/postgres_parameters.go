package database

import (
	"fmt"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// placeholder gives each parameter its type: instants are timestamptz, so that they mean the same in every session.
func (postgres) placeholder(ordinal int, name string) string {
	kind := "timestamptz"
	if name == "timezone" {
		kind = "text"
	}
	return fmt.Sprintf("CAST($%d AS %s)", ordinal, kind)
}

func (p postgres) render(statement *sqltext.Statement) (text string, names []string) {
	return statement.Render(p.placeholder)
}

func (postgres) instant(t time.Time) any {
	return t.UTC().Format("2006-01-02 15:04:05.999999Z07:00")
}
