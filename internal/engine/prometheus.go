package engine

import (
	"errors"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode"

	promconfig "github.com/prometheus/common/config"

	"github.com/kpi-exporter/kpi_exporter/internal/promqltext"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// Prometheus is a Prometheus, and what answers queries as it does.
type Prometheus struct{}

// Name returns prometheus.
func (Prometheus) Name() string { return "prometheus" }

// Title returns Prometheus.
func (Prometheus) Title() string { return "Prometheus" }

// Schemes returns prometheus+https and prometheus+http.
func (Prometheus) Schemes() []string { return []string{"prometheus+https", "prometheus+http"} }

// Example returns prometheus+https://host:9090.
func (Prometheus) Example() string { return "prometheus+https://host:9090" }

// Embedded returns false.
func (Prometheus) Embedded() bool { return false }

// Spare returns 0.
func (Prometheus) Spare() int { return 0 }

// Zone returns UTC, in which Prometheus counts hours and days.
func (Prometheus) Zone() (zone, instead string) {
	return "UTC", "leave it out: [:period] is as long as the period is in the time zone of the KPI"
}

// Parse reads PromQL.
func (Prometheus) Parse(query string) (Statement, error) {
	q, err := promqltext.Parse(query)
	if err != nil {
		return nil, err
	}
	return q, nil
}

// LineComment returns what begins a comment that ends with its line.
func (Prometheus) LineComment(query string) string { return promqltext.LineComment(query) }

// Check reads a URL that has no variables.
func (p Prometheus) Check(rest string) error {
	var err error
	if strings.Contains(rest, "${") {
		err = checkNoParameters(rest)
	} else {
		_, err = parsePrometheusURL(rest)
	}
	if err != nil {
		return malformed(p, err)
	}
	return nil
}

// Warning says that credentials cross the network unencrypted.
func (Prometheus) Warning(scheme, rest string) string {
	u, err := parsePrometheusURL(rest)
	if err != nil || scheme != "prometheus+http" || u.User == nil || isLoopbackName(u.Hostname()) {
		return ""
	}
	return "with prometheus+http the password and the data cross the network unencrypted: use prometheus+https"
}

// Resolve returns the URL, with the password in it, and reads how the client connects.
func (p Prometheus) Resolve(scheme, rest string, options Options) (Address, error) {
	u, err := parsePrometheusURL(rest)
	if err != nil {
		return nil, malformed(p, err)
	}
	u.Scheme = scheme
	if options.Password != nil && u.User == nil {
		return nil, errors.New("password_file needs a user in the url: write prometheus+https://user@host")
	}
	if err := options.setPassword(u); err != nil {
		return nil, err
	}
	address := PrometheusURL{Secret: NewSecret(u.String()), u: u, file: options.HTTPConfigFile}
	if address.http, address.text, err = readHTTPConfig(options.HTTPConfigFile); err != nil {
		return nil, err
	}
	if u.User != nil && (address.http.BasicAuth != nil || address.http.Authorization != nil || address.http.OAuth2 != nil) {
		return nil, errors.New("the url holds a user, and the http_config_file says how to log in: leave one of them out")
	}
	address.secrets = HTTPSecrets(address.http)
	return address, nil
}

var errParameters = errors.New("it has a ? or a #: parameters are not for a Prometheus, and headers are in an http_config_file")

func checkNoParameters(rest string) error {
	if strings.ContainsAny(rest, "?#") {
		return errParameters
	}
	return nil
}

// parsePrometheusURL reads what follows the ://. Its errors hold no part of the URL.
func parsePrometheusURL(rest string) (*url.URL, error) {
	if strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, errors.New("there is a space or a control character in it")
	}
	if err := checkNoParameters(rest); err != nil {
		return nil, err
	}
	authority, path, _ := strings.Cut(rest, "/")
	login, host, ok := cutLogin(authority)
	if !ok && strings.Contains(path, "@") {
		return nil, errNoUser
	}
	u := &url.URL{}
	if ok {
		user, err := parseUser(login, url.Values{})
		if err != nil {
			return nil, err
		}
		u.User = user
	}
	if host == "" {
		return nil, errNoHost
	}
	name, port, err := parseHost(host)
	switch {
	case errors.Is(err, errBrackets):
		return nil, errors.New("an IPv6 address goes in square brackets, followed by a colon and the port: write [::1]:9090")
	case errors.Is(err, errOnePort):
		return nil, errors.New("a host has one port: write host:9090, and an IPv6 address in square brackets, [::1]:9090")
	case err != nil:
		return nil, err
	}
	u.Host = strings.TrimSuffix(net.JoinHostPort(name, port), ":")
	if path = strings.TrimRight(path, "/"); strings.HasSuffix("/"+path, "/api/v1") || strings.HasSuffix(path, "/api/v1/query") || path == "api/v1/query" {
		return nil, errors.New("it ends in /api/v1: leave that out")
	}
	if u.Path, err = url.PathUnescape(path); err != nil {
		return nil, errors.New("a % in the path is not followed by two hexadecimal digits")
	}
	if u.Path != "" {
		u.Path = "/" + u.Path
	}
	return u, nil
}

// PrometheusURL is the URL of a Prometheus, with all that a client needs.
type PrometheusURL struct {
	Secret
	u    *url.URL // Never changed.
	http *promconfig.HTTPClientConfig
	file string // Path of the http_config_file, or "".
	text string // What the file holds that http is from.

	secrets []string // Those of the file, and of those that it names.
}

// Engine returns Prometheus.
func (PrometheusURL) Engine() Engine { return Prometheus{} }

// URL returns the URL without its scheme's prefix and without user and password: that of the server, as HTTP knows it.
func (p PrometheusURL) URL() string {
	u := *p.u
	u.Scheme = strings.TrimPrefix(u.Scheme, "prometheus+")
	u.User = nil
	return u.String()
}

// HTTPConfig returns how a client connects, which is a new one at each call. What is done with it must not end in a log, an error or
// a page.
func (p PrometheusURL) HTTPConfig() promconfig.HTTPClientConfig {
	config := *p.http
	if p.u.User != nil {
		password, _ := p.u.User.Password()
		config.BasicAuth = &promconfig.BasicAuth{Username: p.u.User.Username(), Password: promconfig.Secret(password)}
	}
	return config
}

// Same reports whether both lead to the same server, as the same user.
func (p PrometheusURL) Same(other PrometheusURL) bool {
	return p.Reveal() == other.Reveal() && p.text == other.text
}

// SecretFiles returns the http_config_file if there is a secret in it, and those that it names.
func (p PrometheusURL) SecretFiles() map[string]string {
	files := secretFilesOf(p.http)
	if slices.ContainsFunc(secretsOf(p.http), func(text string) bool { return text != "" }) {
		files["http_config_file"] = p.file
	}
	return files
}

// Files returns those that the http_config_file names.
func (p PrometheusURL) Files() []File {
	paths := secretFilesOf(p.http)
	maps.Copy(paths, certificatesOf(p.http))
	var files []File
	for _, key := range slices.Sorted(maps.Keys(paths)) {
		files = append(files, File{Name: key, Path: paths[key]})
	}
	return files
}

// Identity returns the server, the path and the user.
func (p PrometheusURL) Identity() string {
	return strings.Join([]string{p.u.Host, p.u.Path, p.u.User.Username()}, "\x00")
}

// Secrets returns the URL if it has a password, the password, and those of the file and of the files that it names, as they were when it was
// resolved.
func (p PrometheusURL) Secrets() []string {
	secrets := slices.Clone(p.secrets)
	if password, ok := p.u.User.Password(); ok {
		secrets = append(secrets, p.Reveal())
		secrets = append(secrets, secret.Login(p.u.User.Username(), password)...)
	}
	return secrets
}
