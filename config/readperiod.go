package config

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// The periods that are a word, and the keys of the others.
const (
	calendarUnits = "day week month quarter year"
	periodWords   = calendarUnits + " instant"
	periodKeys    = "days weeks months trailing to_date"
)

// readPeriod reads a period: a word, or a mapping with one key.
func readPeriod(d *decoder, n *node) field[period.Period] {
	n = resolve(n)
	if n.Kind != mappingNode {
		f := d.text(n, "period")
		if !f.ok {
			return bad[period.Period](d, n)
		}
		p, err := period.Parse(f.value)
		if err != nil {
			d.fail(n, nearest(f.value, periodWords), "%s", err)
			return bad[period.Period](d, n)
		}
		return good(d, n, p)
	}
	f := bad[period.Period](d, n)
	keys := 0
	d.each(n, "period", func(k, v *node) {
		keys++
		if keys > 1 {
			d.fail(k, "", "period takes one key")
			f.ok = false
			return
		}
		v, ok := d.scalar(v, "period")
		if !ok {
			return
		}
		p, err := period.ParseMap(k.Value, v.Value)
		if err != nil {
			d.fail(k, nearest(k.Value, periodKeys), "%s", err)
			return
		}
		f = good(d, n, p)
	})
	if len(n.Content) == 0 {
		d.fail(n, "write day, or {days: 30}", "period is empty")
	}
	return f
}

// readCron reads a schedule of five fields.
func readCron(d *decoder, n *node) field[*period.Cron] {
	f := d.text(n, "cron")
	if !f.ok {
		return bad[*period.Cron](d, f.n)
	}
	c, err := period.ParseCron(f.value)
	if err != nil {
		f.fail("", "%s", err)
		return bad[*period.Cron](d, f.n)
	}
	if c.Next(time.Unix(0, 0), time.UTC).IsZero() { // The same in every zone and from any instant on.
		f.fail("write a day that one of its months has", "cron %s never fires", quote(f.value))
		return bad[*period.Cron](d, f.n)
	}
	return good(d, f.n, &c)
}

