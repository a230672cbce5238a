package enginetest

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

var server *pgtest.Server

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.M{M: m, Server: &server}) }
