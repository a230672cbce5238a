package keys

import (
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// As is a value that a function reads.
func As[T any](form schema.Form, read func(d *document.File, n *document.Node, what string) document.Field[T]) Value {
	return Value{form: form, Read: func(d *document.File, n *document.Node, what string) any {
		f := read(d, n, what)
		return &f
	}}
}

// Later is a value that is read when more is known than its file.
func Later(form schema.Form) Value {
	return As(form, func(d *document.File, n *document.Node, _ string) document.Field[*document.Node] {
		return document.Good(d, n, n)
	})
}

// Text is any text.
func Text() Value { return As(schema.Text(), (*document.File).Text) }

// ShortText is a title or a name.
func ShortText() Value { return As(schema.Text(), (*document.File).ShortText) }

// Words is one of a few words, given with spaces between them.
func Words(known string) Value {
	return As(schema.Words(known), func(d *document.File, n *document.Node, what string) document.Field[string] {
		return d.Word(n, what, known)
	})
}

// Duration is a length of time of at least the given one.
func Duration(least time.Duration) Value {
	return As(schema.Duration(), func(d *document.File, n *document.Node, what string) document.Field[time.Duration] {
		return quantity.Duration(d, n, what, least)
	})
}

// Texts is a list of texts.
func Texts() Value { return As(schema.List(schema.Text()), (*document.File).List) }

// Timezone is the name of a time zone.
func Timezone() Value { return As(schema.Text(), (*document.File).Location) }

// WebURL is an address of the web.
func WebURL() Value { return As(schema.WebURL(), (*document.File).WebURL) }

// Count is a whole number of at least 1.
func Count() Value { return As(schema.Count(), quantity.Count) }

// Observations is a number of observations, above 0.
func Observations() Value { return As(schema.Number(), quantity.Positive) }

// Date is a date, which becomes an instant when the time zone is known.
func Date() Value { return As(schema.Date(), ReadDate) }

// Instant is a date or time, which becomes an instant when the time zone is known.
func Instant() Value { return As(schema.Instant(), ReadInstant) }

// Period is a period.
func Period() Value {
	words := "`" + strings.ReplaceAll(schema.PeriodWords, " ", "`, `") + "`, or a [key](#keys-of-a-period)"
	return As(schema.Mapping("period", words), readPeriod)
}

// Cron is a schedule of five fields.
func Cron() Value { return As(schema.Text(), readCron) }

// PeriodKeys returns the keys of a period that is more than a word.
func PeriodKeys() []schema.Key {
	return []schema.Key{
		{Name: "days", In: "period", Form: schema.Count(), Help: "the last N complete local days"},
		{Name: "weeks", In: "period", Form: schema.Count(), Help: "the last N complete weeks"},
		{Name: "months", In: "period", Form: schema.Count(), Help: "the last N complete calendar months"},
		{Name: "trailing", In: "period", Form: schema.Pattern("", "length of time"), Help: "the length of time that ends at the instant of evaluation: `30d`, `12h`, `12mo`"},
		{Name: "to_date", In: "period", Form: schema.Words("day week month quarter year"), Help: "the running period up to the instant of evaluation"},
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
			for _, key := range PeriodKeys() {
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

// ReadDate reads a date, which is turned into an instant when the time zone is known.
func ReadDate(d *document.File, n *document.Node, what string) document.Field[string] {
	f := d.Text(n, what)
	if !f.OK {
		return f
	}
	if _, err := period.ParseTime(f.Value, time.UTC); err != nil || len(f.Value) != len(time.DateOnly) {
		f.Fail("write it as 2026-10-15", "%s: %s is not a date", what, document.Quote(f.Value))
		f.OK = false
	}
	return f
}

// ReadInstant reads a date or time; without an offset it is turned into an instant when the time zone is known.
func ReadInstant(d *document.File, n *document.Node, what string) document.Field[string] {
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
