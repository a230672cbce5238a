package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// messages keeps what leaves Alertmanager.
type messages struct {
	url string

	mu       sync.Mutex
	alerts   []message
	channels map[string]string // Channel to everything said there.
}

// message is an alert in a webhook.
type message struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// listenForMessages serves a webhook and Slack.
func listenForMessages(t *testing.T) *messages {
	t.Helper()
	m := &messages{channels: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhook", func(_ http.ResponseWriter, r *http.Request) {
		var body struct {
			Alerts []message `json:"alerts"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Errorf("webhook: %v", err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.alerts = append(m.alerts, body.Alerts...)
	})
	mux.HandleFunc("POST /slack", func(_ http.ResponseWriter, r *http.Request) {
		var body struct {
			Channel     string `json:"channel"`
			Attachments []struct {
				Title string `json:"title"`
				Text  string `json:"text"`
			} `json:"attachments"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Errorf("slack: %v", err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, a := range body.Attachments {
			m.channels[body.Channel] += a.Title + "\n" + a.Text + "\n"
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

// find returns the latest message about an alert with these labels; status "" is any.
func (m *messages) find(status string, labels map[string]string) (message, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
messages:
	for _, a := range slices.Backward(m.alerts) {
		for name, want := range labels {
			if a.Labels[name] != want {
				continue messages
			}
		}
		if status == "" || a.Status == status {
			return a, true
		}
	}
	return message{}, false
}

// wait waits for a message about an alert with these labels.
func (m *messages) wait(t *testing.T, status string, labels map[string]string) (found message) {
	t.Helper()
	until(t, fmt.Sprintf("%s: %v", status, labels), func() (ok bool) {
		found, ok = m.find(status, labels)
		return ok
	})
	return found
}

func (m *messages) said(channel, text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Contains(m.channels[channel], text)
}

// inChannel waits until all of these texts are in a channel.
func (m *messages) inChannel(t *testing.T, channel string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		until(t, text+" in "+channel, func() bool { return m.said(channel, text) })
	}
}
