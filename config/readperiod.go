package config

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// The periods that are a word, and the keys of the others.
const (
	calendarUnits = "day week month quarter year"
	periodWords   = calendarUnits + " instant"
	periodKeys    = "days weeks months trailing to_date"
)

// readPeriod reads a period: a word, or a mapping with one key.
func readPeriod(d *document.File, n *document.Node) document.Field[period.Period] {
	n = document.Resolve(n)
	if n.Kind != document.MappingNode {
		f := d.Text(n, "period")
		if !f.OK {
			return document.Bad[period.Period](d, n)
		}
		p, err := period.Parse(f.Value)
		if err != nil {
			d.Fail(n, document.Nearest(f.Value, periodWords), "%s", err)
			return document.Bad[period.Period](d, n)
		}
		return document.Good(d, n, p)
	}
	f := document.Bad[period.Period](d, n)
	keys := 0
	d.Each(n, "period", func(k, v *document.Node) {
		keys++
		if keys > 1 {
			d.Fail(k, "", "period takes one key")
			f.OK = false
			return
		}
		v, ok := d.Scalar(v, "period")
		if !ok {
			return
		}
		p, err := period.ParseMap(k.Value, v.Value)
		if err != nil {
			d.Fail(k, document.Nearest(k.Value, periodKeys), "%s", err)
			return
		}
		f = document.Good(d, n, p)
	})
	if len(n.Content) == 0 {
		d.Fail(n, "write day, or {days: 30}", "period is empty")
	}
	return f
}

// readCron reads a schedule of five fields.
func readCron(d *document.File, n *document.Node) document.Field[*period.Cron] {
	f := d.Text(n, "cron")
	if !f.OK {
		return document.Bad[*period.Cron](d, f.Node)
	}
	c, err := period.ParseCron(f.Value)
	if err != nil {
		f.Fail("", "%s", err)
		return document.Bad[*period.Cron](d, f.Node)
	}
	if c.Next(time.Unix(0, 0), time.UTC).IsZero() { // The same in every zone and from any instant on.
		f.Fail("write a day that one of its months has", "cron %s never fires", document.Quote(f.Value))
		return document.Bad[*period.Cron](d, f.Node)
	}
	return document.Good(d, f.Node, &c)
}
