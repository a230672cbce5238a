package config

import (
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// as is a value that a function reads.
func as[T any](form schema.Form, read func(d *document.File, n *document.Node, what string) document.Field[T]) value {
	return value{form: form, read: func(d *document.File, n *document.Node, what string) any {
		f := read(d, n, what)
		return &f
	}}
}

// later is a value that is read when more is known than its file.
func later(form schema.Form) value {
	return as(form, func(d *document.File, n *document.Node, _ string) document.Field[*document.Node] {
		return document.Good(d, n, n)
	})
}

// text is any text.
func text() value { return as(schema.Text(), (*document.File).Text) }

// words is one of a few words, given with spaces between them.
func words(known string) value {
	return as(schema.Words(known), func(d *document.File, n *document.Node, what string) document.Field[string] {
		return d.Word(n, what, known)
	})
}

// duration is a length of time of at least the given one.
func duration(least time.Duration) value {
	return as(schema.Duration(), func(d *document.File, n *document.Node, what string) document.Field[time.Duration] {
		return quantity.Duration(d, n, what, least)
	})
}

// texts is a list of texts.
func texts() value { return as(schema.List(schema.Text()), (*document.File).List) }

// timezone is the name of a time zone.
func timezone() value { return as(schema.Text(), (*document.File).Location) }

// webURL is an address of the web.
func webURL() value { return as(schema.WebURL(), (*document.File).WebURL) }

// count is a whole number of at least 1.
func count() value { return as(schema.Count(), quantity.Count) }

// observations is a number of observations, above 0.
func observations() value { return as(schema.Number(), quantity.Positive) }

// date is a date, which becomes an instant when the time zone is known.
func date() value { return as(schema.Date(), readDate) }

// instant is a date or time, which becomes an instant when the time zone is known.
func instant() value { return as(schema.Instant(), readInstant) }

// periodOf is a period.
func periodOf() value {
	words := "`" + strings.ReplaceAll(schema.PeriodWords, " ", "`, `") + "`, or a [key](#keys-of-a-period)"
	return as(schema.Mapping("period", words), readPeriod)
}

// cron is a schedule of five fields.
func cron() value { return as(schema.Text(), readCron) }

// periodKeys returns the keys of a period that is more than a word.
func periodKeys() []schema.Key {
	return []schema.Key{
		{Name: "days", In: "period", Form: schema.Count(), Help: "the last N complete local days"},
		{Name: "weeks", In: "period", Form: schema.Count(), Help: "the last N complete weeks"},
		{Name: "months", In: "period", Form: schema.Count(), Help: "the last N complete calendar months"},
		{Name: "trailing", In: "period", Form: schema.Pattern("", "length of time"), Help: "the length of time that ends at the instant of evaluation: `30d`, `12h`, `12mo`"},
		{Name: "to_date", In: "period", Form: schema.Words("day week month quarter year"), Help: "the running one up to the instant of evaluation"},
	}
}

// readPeriod reads a period: a word, or a mapping with one key.
func readPeriod(d *document.File, n *document.Node, _ string) document.Field[period.Period] {
	n = document.Resolve(n)
	if n.Kind != document.MappingNode {
		f := d.Text(n, "period")
		if !f.OK {
			return document.Bad[period.Period](d, n)
		}
		p, err := period.Parse(f.Value)
		if err != nil {
			d.Fail(n, document.Nearest(f.Value, schema.PeriodWords), "%s", err)
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
			var known []string
			for _, key := range periodKeys() {
				known = append(known, key.Name)
			}
			d.Fail(k, document.Nearest(k.Value, strings.Join(known, " ")), "%s", err)
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
func readCron(d *document.File, n *document.Node, _ string) document.Field[*period.Cron] {
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

// readDate reads a date, which is turned into an instant when the time zone is known.
func readDate(d *document.File, n *document.Node, what string) document.Field[string] {
	f := d.Text(n, what)
	if !f.OK {
		return f
	}
	if _, err := time.Parse(time.DateOnly, f.Value); err != nil {
		f.Fail("write it as 2026-10-15", "%s: %s is not a date", what, document.Quote(f.Value))
		f.OK = false
	}
	return f
}

// readInstant reads a date or time; without an offset it is turned into an instant when the time zone is known.
func readInstant(d *document.File, n *document.Node, what string) document.Field[string] {
	f := d.Text(n, what)
	if !f.OK {
		return f
	}
	if _, err := period.ParseTime(f.Value, time.UTC); err != nil {
		f.Fail("write "+period.TimeForms, "%s: %s is not a date", what, document.Quote(f.Value))
		f.OK = false
	}
	return f
}
