package credentials

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/oauth2"
)

// withoutTokenURL returns an error of a client without its token_url and the words of that server.
func withoutTokenURL(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		said := ""
		if slices.Contains(tokenErrors(), refused.ErrorCode) {
			said = ": " + refused.ErrorCode
		}
		code := refused.Response.StatusCode
		return fmt.Errorf("the server of token_url answers %d %s%s", code, http.StatusText(code), said)
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("the server of token_url: %w", failed.Err)
	}
	return err
}

// tokenErrors returns the codes that OAuth 2.0 has for why there is no token.
func tokenErrors() []string {
	return []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}
}
