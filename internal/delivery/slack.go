package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// longestWait is how long a message waits at most where Slack asks for patience.
const longestWait = 30 * time.Second

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 1 << 20

// Post is a message for a channel, as chat.postMessage takes it.
type Post struct {
	Channel string `json:"channel"`
	Text    string `json:"text"`
	Blocks  any    `json:"blocks"`
	Links   bool   `json:"unfurl_links"` // Nothing is shown of the pages that it links to.
	Media   bool   `json:"unfurl_media"`
}

// NewPost returns a message for a channel or person as an owner names them: "#growth", or "@U0123ABCD" with the ID of a person.
func NewPost(to, text string, blocks any) Post {
	if person.MatchString(to) {
		to = to[1:]
	}
	return Post{Channel: to, Text: text, Blocks: blocks}
}

// person matches the ID of a person, for whom Slack takes it without the @.
var person = regexp.MustCompile(`^@[UW][A-Z0-9]{6,}$`)

// WriteIndented writes the message as it is posted, but for people: in lines.
func (p *Post) WriteIndented(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(p)
}

// Slack posts messages.
type Slack struct {
	API   string // Address of the methods, without a trailing slash.
	Token string
}

// Send posts a message. Where the server asks for patience it waits once, if that is not for long.
func (s *Slack) Send(ctx context.Context, p *Post) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // The token is for this address.
	}
	wait, err := s.post(ctx, client, body)
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("it asks to wait for %s: %w", wait, context.Cause(ctx))
		}
		_, err = s.post(ctx, client, body)
	}
	return err
}

// post makes one request. If the server asks for patience, it returns an error and for how long.
func (s *Slack) post(ctx context.Context, client *http.Client, body []byte) (wait time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.API+"/chat.postMessage", bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("its address is not valid")
	}
	request.Header.Set("Authorization", "Bearer "+s.Token)
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return 0, fmt.Errorf("server %s: %s", request.URL.Host, withoutSecrets(err.Error(), s.Token))
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return 0, errors.New(withoutSecrets(err.Error(), s.Token))
	}
	if answer.StatusCode == http.StatusTooManyRequests {
		return patience(answer.Header.Get("Retry-After"))
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("it answers %s", withoutSecrets(answer.Status, s.Token))
	}
	var said struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	switch err := json.Unmarshal(text, &said); {
	case err != nil:
		return 0, errors.New("its answer is not Slack's: is api_url right?")
	case !said.OK && said.Error == "":
		return 0, errors.New("it refuses the message and gives no reason")
	case !said.OK:
		return 0, fmt.Errorf("it refuses the message: %s", withoutSecrets(said.Error, s.Token)+remedies[said.Error])
	}
	return 0, nil
}

// remedies say for errors of Slack what in the KPI file leads to them.
var remedies = map[string]string{
	"invalid_auth":      seeToken,
	"not_authed":        seeToken,
	"account_inactive":  seeToken,
	"token_expired":     seeToken,
	"token_revoked":     seeToken,
	"missing_scope":     "; the bot of the token needs the right chat:write",
	"channel_not_found": "; see slack: of the owner, and for a private channel invite the bot to it",
	"not_in_channel":    "; invite the bot to the channel",
	"is_archived":       "; see slack: of the owner",
}

const seeToken = "; see token_file or token below slack:" //nolint:gosec // It names keys.

// patience reads for how many seconds a server asks to wait; 0 if that is too long, or not said.
func patience(seconds string) (time.Duration, error) {
	n, err := strconv.Atoi(seconds)
	wait := time.Duration(n) * time.Second
	if err != nil || n < 1 || wait > longestWait {
		return 0, errors.New("it is asked too often (429)")
	}
	return wait, fmt.Errorf("it is asked too often (429), also after %s", wait)
}
