// Package pages shows the KPIs as web pages: all of them on a scoreboard, each on a page of its own, and by objective. It is made
// from values that are ready: it evaluates nothing, and no request waits for a database.
//
// The pages need no script. Each has one style, which is the same on all of them, and loads nothing.
package pages

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/chart"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed kpi.html.tmpl
var kpiTemplate string

//go:embed wall.html.tmpl
var wallTemplate string

//go:embed style.css
var styleCSS string

//go:embed refresh.js
var refreshScript string

// Renderer writes pages. Its style and its script are the same on all of them, so that the header can name them by their hashes.
type Renderer struct {
	templates *template.Template
	css       template.CSS
	script    template.JS
	metrics   string // The path of the metrics.
	version   string // That of the exporter.
}

// NewRenderer returns a renderer of pages that name the path of the metrics and the version of the exporter.
func NewRenderer(metrics, version string) (*Renderer, error) {
	t, err := template.New("pages").Parse(pageTemplate + kpiTemplate + wallTemplate)
	if err != nil {
		return nil, err
	}
	return &Renderer{t, template.CSS(styleCSS + chart.CSS()), template.JS(refreshScript), metrics, version}, nil //nolint:gosec // They are constants of the program.
}

// Policy returns the Content-Security-Policy of the pages: they may load nothing but the picture
// beside their title, and ask this exporter alone whether there is something new.
func (r *Renderer) Policy() string {
	return "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'; img-src 'self'; style-src 'sha256-" +
		hash(string(r.css)) + "'; script-src 'sha256-" + hash(string(r.script)) + "'"
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// shell is what all pages have around their content.
type shell struct {
	Title, Product string
	Class          string // The kind of page: kiosk, or reading for one that is read rather than seen at a glance.
	Home           string
	Nav            []link
	AsOf           time.Time
	Past           bool
	DataUntil      string
	Permalink      string // The address of what is shown, for later; "" on a page of the past.
	Live           string // The address of the present; "" on it.
	CSS            template.CSS
	Script         template.JS
	Metrics        string
	JSON           string // The address of the same KPIs in the API.
	Version        string
}

type link struct {
	Href, Text string
	Current    bool
}

// newShell returns what stands around a page. The path is that of the page, and query what its address filters by.
func (r *Renderer) newShell(b *View, title, path string, query url.Values) shell {
	product := cmp.Or(b.Config.Product, "KPIs")
	s := shell{
		Nav: nav(b, path), Title: title + " · " + product, Product: product, Home: "/" + b.suffix(), AsOf: b.AsOf, Past: b.Past, CSS: r.css, Metrics: r.metrics, JSON: "/api/v1/kpis" + b.suffix(), Version: r.version,
	}
	if path != "/" {
		s.Class = "reading"
	}
	if until := dataUntil(b.KPIs); !until.IsZero() {
		s.DataUntil = until.In(b.AsOf.Location()).Format(format.Day + ", 15:04")
	}
	if s.Past {
		now := cloned(query)
		now.Del(AsOf)
		s.Live = address(path, now)
		return s
	}
	then := cloned(query)
	then.Set(AsOf, b.AsOf.Format(time.RFC3339))
	s.Permalink, s.Script = address(path, then), r.script
	return s
}

// Page returns the page at a path, for the query of its address. The error is a NotFoundError where there is none, and a RequestError for a
// query that is not understood.
func (r *Renderer) Page(v *View, path string, query url.Values) ([]byte, error) {
	switch path {
	case "/":
		f, err := readFilter(query)
		if err != nil {
			return nil, err
		}
		return r.overview(v, f)
	case "/objectives":
		return r.objectives(v)
	case "/report":
		unit, err := readUnit(query)
		if err != nil {
			return nil, err
		}
		return r.report(v, v.Survey(unit), unit)
	}
	name, _ := strings.CutPrefix(path, "/kpi/")
	for _, c := range v.cards {
		if c.KPI.Name == name {
			return r.kpiPage(v, c, readChoice(query))
		}
	}
	text := "There is no KPI " + strconv.Quote(report.Printable(name)) + "."
	if near := v.Config.NearestKPI(name); near != "" {
		text += " " + report.Capital(near)
	}
	return nil, NotFoundError(text)
}

// Paths returns the paths of all pages, as net/http writes them.
func Paths() []string { return []string{"/{$}", "/kpi/{name}", "/objectives", "/report"} }

// NotFoundError is the error for a page that does not exist. Its text is for people.
type NotFoundError string

func (e NotFoundError) Error() string { return string(e) }

// RequestError is the error for an address with a parameter that is not understood. Its text is for people.
type RequestError string

func (e RequestError) Error() string { return string(e) }

// Parameters returns the parameters of an address that change a page, besides AsOf.
func Parameters() []string {
	return []string{"owner", "objective", "category", "level", "status", "q", "kiosk", "by", "against", "period"}
}

// nav returns the pages that every page links to.
func nav(b *View, path string) []link {
	return []link{
		{"/" + b.suffix(), "Scoreboard", path == "/"},
		{"/objectives" + b.suffix(), "Objectives", path == "/objectives"},
		{"/report" + b.suffix(), "Report", path == "/report"},
	}
}

// Look identifies how the pages look, so that a picture of them can be told to be old.
func Look() string { return hash(pageTemplate + kpiTemplate + wallTemplate + styleCSS) }

// AsOf is the parameter of an address that says as of when a page is.
const AsOf = "as_of"

// instant is the parameter of a page of the past: RFC 3339.
func (b *View) instant() string {
	if !b.Past {
		return ""
	}
	return b.AsOf.Format(time.RFC3339)
}

// with adds to a query the instant of a page of the past.
func (b *View) with(query url.Values) url.Values {
	if b.Past {
		query.Set(AsOf, b.instant())
	}
	return query
}

// suffix is what follows every address on a page of the past.
func (b *View) suffix() string {
	return address("", b.with(url.Values{}))
}

// allOf returns the address of all label sets of a KPI.
func (b *View) allOf(k *config.KPI) string {
	return "/api/v1/kpis/" + k.Name + b.suffix()
}

// address returns a path with a query.
func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func cloned(query url.Values) url.Values {
	c := make(url.Values, len(query)+1)
	maps.Copy(c, query)
	return c
}

// page writes a whole page around the content that a template makes.
func (r *Renderer) page(s *shell, content string, data any) ([]byte, error) {
	var inner, all strings.Builder // A page may be large: none of them is copied to become a string.
	if err := r.templates.ExecuteTemplate(&inner, content, data); err != nil {
		return nil, err
	}
	all.Grow(inner.Len() + 2*len(r.css))
	err := r.templates.ExecuteTemplate(&all, "page", struct {
		Shell   *shell
		Content template.HTML
	}{s, template.HTML(inner.String())}) //nolint:gosec // A template has escaped it.
	return []byte(format.Inert(all.String())), err
}

// Problem writes a page that says why there is no other. Its title is what went wrong in a few words.
func (r *Renderer) Problem(b *scoreboard.Board, title, text string) ([]byte, error) {
	s := r.newShell(&View{Board: b}, title, "", nil)
	s.Permalink, s.Script = "", ""
	return r.page(&s, "problem", text)
}
