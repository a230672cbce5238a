package config

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// keyPlaces are where a file says something about a database; zero where it does not.
type keyPlaces struct {
	url                         document.Position // Where the value of url or url_file is.
	connections, httpFile, zone document.Position // Where max_connections, http_config_file and session_timezone are.
}

// misfit is a key of a database that its engine does not take.
type misfit struct {
	at      document.Position // Where the key is.
	message string            // Names the key.
	instead string            // What to do about it.
}

// misfits returns the keys that an engine does not take. Which engine it is, the environment may say.
func (d *Database) misfits(e engine.Engine) []misfit {
	var list []misfit
	if least := e.Spare() + 1; d.MaxConnections < least && d.MaxConnections > 0 {
		list = append(list, misfit{
			d.at.connections, fmt.Sprintf("max_connections is %d, and %s needs one connection to cancel queries beside those that run them", d.MaxConnections, e.Title()),
			fmt.Sprintf("write max_connections: %d or more", least),
		})
	}
	if _, ok := e.(engine.Prometheus); !ok && d.httpFile != "" {
		list = append(list, misfit{
			d.at.httpFile, fmt.Sprintf("http_config_file is for a Prometheus, and the url is one of %s", e.Title()),
			"leave it out: the url says how to connect",
		})
	}
	if zone, instead := e.Zone(); zone != "" && d.SessionTimezone != "" {
		list = append(list, misfit{d.at.zone, fmt.Sprintf("session_timezone is set, and the time zone of a session of %s is always %s", e.Title(), zone), instead})
	}
	return list
}
