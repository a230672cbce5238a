package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// fakeSource is a source of its own kind: all that it does itself is to open.
type fakeSource struct{ Source }

func newFake(cfg *config.Database) Source { return fakeSource{newPool(cfg, fake{}, 0)} }

// fake is the dialect of a made-up engine: that of SQLite, with transactions and parameters of its own, behind URLs of its own.
type fake struct{ sqlite }

func (fake) connector(resolve func(context.Context) (engine.Address, error)) driver.Connector {
	return sqliteConnector(func(ctx context.Context) (engine.Address, error) {
		address, err := resolve(ctx)
		if err != nil {
			return nil, err
		}
		u, ok := address.(engine.FakeURL)
		if !ok {
			return nil, errors.New("the url is not one of FakeDB: restart to change the engine")
		}
		return engine.SQLiteFile{Secret: engine.NewSecret("sqlite://" + u.Path())}, nil
	})
}

// begin takes two statements, and none of them is BEGIN.
func (f fake) begin(conn *sqlx.Conn, _ settings, handedOver bool) error {
	if handedOver {
		if err := f.end(conn, nil); err != nil {
			return err
		}
	}
	_, err := conn.ExecContext(context.Background(), "SAVEPOINT fake")
	return err
}

func (fake) end(conn *sqlx.Conn, _ *sqltext.Statement) error {
	_, err := conn.ExecContext(context.Background(), "ROLLBACK TO fake; RELEASE fake")
	return err
}

func (f fake) render(statement *sqltext.Statement) (text string, names []string) {
	return statement.Render(f.placeholder)
}

func (fake) placeholder(ordinal int, _ string) string {
	return fmt.Sprintf("CAST(?%d AS TEXT)", ordinal)
}
