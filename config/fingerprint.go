package config

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/fingerprint"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// fingerprintVersion changes with what goes into a fingerprint, so that no saved one is mistaken for one of another kind.
const fingerprintVersion = "1"

// Fingerprint identifies what the KPI computes and when: two definitions have the same one if they give the same values for
// the same data, in whatever file and process they are. It covers everything that is inherited, the inputs of a formula and
// the databases, but nothing that is only shown, and no secret. It is text of hexadecimal digits; "" for a KPI that Load did
// not make. A copy of a KPI keeps the fingerprint of the original.
func (k *KPI) Fingerprint() string { return k.fingerprint }

// notFingerprinted returns the fields that do not change what is computed, each with the reason. Every other exported field
// counts.
func notFingerprinted() map[string]string {
	const shown = "is only shown"
	return map[string]string{
		"KPI.Title":               shown,
		"KPI.Description":         shown,
		"KPI.Category":            shown,
		"KPI.Objective":           shown,
		"KPI.Owner":               shown,
		"KPI.Stages":              shown,
		"KPI.Level":               shown,
		"KPI.Runbook":             shown,
		"KPI.ReviewDue":           shown,
		"KPI.Decisions":           shown,
		"KPI.Total":               "explains values, and changes none",
		"KPI.Better":              "is only shown: values are judged by the target",
		"KPI.Alert":               "is for the generated rules",
		"KPI.Position":            "is where the KPI stands",
		"Database.MaxConnections": "is how much it may read at once",
		"Database.Position":       "is where the database stands",
		"Query.Columns":           "also holds what other KPIs read",
		"Query.Position":          "is where the SQL stands",
		"Query.File":              "is where the values stand",
		"Bound.Note":              shown,
		"Term.Text":               "is how the term is written",
		"Formula.Text":            "is how the terms are written",
	}
}

// fingerprinter sets fingerprints.
type fingerprinter struct {
	*fingerprint.Printer
	tables map[*valuesfile.Table][sha256.Size]byte // The sums of their text; many KPIs may share one.
}

func newFingerprinter() *fingerprinter {
	f := &fingerprinter{tables: map[*valuesfile.Table][sha256.Size]byte{}}
	f.Printer = fingerprint.New(notFingerprinted(), f.print)
	return f
}

// set sets the fingerprint of a KPI, and of the inputs of its formula first.
func (f *fingerprinter) set(k *KPI) {
	if k.fingerprint == "" {
		k.fingerprint = f.Sum(fingerprintVersion, k)
	}
}

// print writes values of which not all is in exported fields; it returns false for any other.
func (f *fingerprinter) print(p *fingerprint.Printer, pointer any) bool {
	switch x := pointer.(type) {
	case *time.Time:
		p.Text(x.UTC().Format(time.RFC3339Nano))
	case *period.Cron:
		p.Text(x.String())
	case *time.Location:
		p.Text(x.String())
	case engine.Statement:
		p.Text(x.SQL())
	case *valuesfile.Table:
		sum, ok := f.tables[x]
		if !ok {
			sum = sha256.Sum256([]byte(x.String()))
			f.tables[x] = sum
		}
		p.Text(hex.EncodeToString(sum[:]))
	case *Database:
		x.print(p)
	case *KPI:
		f.set(x)
		p.Text(x.fingerprint)
	default:
		return false
	}
	return true
}

// print writes where the data is and how it is read. How many connections that takes, and with which password, does not
// change what is read.
func (d *Database) print(p *fingerprint.Printer) {
	p.Fields(d)
	p.Text(d.dataFrom)
	p.Text(d.urlFile)
	if d.httpFile != "" {
		p.Text(d.written(d.httpFile))
	}
	p.Text(d.location().Public())
}
