// Package assistant lets AI assistants read KPIs, over the Model Context Protocol. Its tools ask the API of a running exporter: it
// opens no database and reads no KPI file, and nobody can send SQL through it.
package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// maxResponse is how many bytes of a response are read.
const maxResponse = 64 << 20

// maxSaid is how many characters are shown of why the exporter refuses a question.
const maxSaid = 1000

// Exporter is a running exporter.
type Exporter struct {
	url    *url.URL
	client *http.Client

	secrets *secret.Set // What no answer may show.
}

// NewExporter returns the exporter at an address of ParseAddress. The secrets are those of the client.
func NewExporter(u *url.URL, client *http.Client, secrets *secret.Set) *Exporter {
	return &Exporter{u, client, secrets}
}

// ParseAddress parses the address of an exporter. Credentials belong to the client: an address that holds any is refused, and not
// shown.
func ParseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("the address is not an http:// or https:// URL")
	case u.User != nil:
		return nil, errors.New("the address holds a user or a password: put them into the file of --http.config.file")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the address has more than a host and a path")
	}
	return u, nil
}

// get asks the API and decodes its answer. Its error is a sentence for the assistant, without secrets.
func (e *Exporter) get(ctx context.Context, path []string, query url.Values, answer any) error {
	u := e.url.JoinPath(append([]string{"api", "v1"}, path...)...)
	u.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return errors.New("the address of the exporter cannot be asked")
	}
	response, err := e.client.Do(request)
	if err != nil {
		return fmt.Errorf("the exporter at %s cannot be reached: %s", e.url.Host, reason(err))
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	switch {
	case response.StatusCode == http.StatusUnauthorized, response.StatusCode == http.StatusForbidden:
		return fmt.Errorf("the exporter at %s refuses the credentials (%d): see --http.config.file", e.url.Host, response.StatusCode)
	case response.StatusCode != http.StatusOK:
		var problem struct{ Detail string }
		if json.Unmarshal(body, &problem) != nil || problem.Detail == "" {
			problem.Detail = "it answers " + response.Status
		}
		return errors.New(e.secrets.Say(problem.Detail, maxSaid))
	case err != nil:
		return fmt.Errorf("the answer of the exporter at %s broke off: %s", e.url.Host, reason(err))
	case json.Unmarshal(body, answer) != nil:
		return fmt.Errorf("what answers at %s is not a kpi_exporter, or one of another version", e.url.Host)
	}
	return nil
}

// reason says why a request failed, without what it sent.
func reason(err error) string {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err
	}
	if failed, ok := errors.AsType[*net.OpError](err); ok {
		return failed.Err.Error()
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "it does not answer in time"
	case strings.Contains(err.Error(), "certificate"):
		return "its certificate is not trusted"
	}
	return "the connection failed"
}
