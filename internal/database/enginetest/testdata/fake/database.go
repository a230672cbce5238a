package database

import (
	"database/sql/driver"
	"errors"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// fake is the dialect of a made-up engine: that of SQLite, behind URLs of its own.
type fake struct{ sqlite }

func (fake) engine() engine.Engine { return engine.Fake{} }

func (fake) connector(resolve func() (engine.Address, error)) driver.Connector {
	return sqliteConnector(func() (engine.Address, error) {
		address, err := resolve()
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
