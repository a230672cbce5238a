package enginetest

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

var (
	server  *pgtest.Server
	mariadb mariadbtest.Server
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(mariadbtest.M{M: pgtest.M{M: m, Server: &server}, Server: &mariadb})
}
