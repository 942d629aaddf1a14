package httpbodies

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
)

// counting is a transport that counts bodies that are open, and refuses to read those that are not.
type counting struct {
	open, opened atomic.Int64
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	c.opened.Add(1)
	resp.Body = &body{ReadCloser: resp.Body, counting: c}
	return resp, nil
}

type body struct {
	io.ReadCloser
	counting *counting
	closed   atomic.Bool
}

func (b *body) Close() error {
	if !b.closed.Swap(true) {
		b.counting.open.Add(-1)
	}
	return b.ReadCloser.Close()
}

// server serves a few pages; the test fails if a body is left open.
func server(t *testing.T) (*http.Client, *counting, string) {
	t.Helper()
	pages := map[string]string{
		"/a":      "hello",
		"/b":      "",
		"/list/1": `{"items": ["x", "y"], "next": "/list/2"}`,
		"/list/2": `{"items": ["z"]}`,
		"/bad/1":  `{"items": ["x"], "next": "/bad/2"}`,
		"/bad/2":  `{"items": `,
		"/gone/1": `{"items": ["x"], "next": "/none"}`,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		switch {
		case r.URL.Path == "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case !ok:
			http.NotFound(w, r)
		default:
			_, _ = io.WriteString(w, page)
		}
	}))
	c := new(counting)
	t.Cleanup(func() {
		if n := c.open.Load(); n != 0 {
			t.Errorf("%d bodies left open", n)
		}
		s.Close()
	})
	return &http.Client{Transport: c}, c, s.URL
}

func TestLengths(t *testing.T) {
	client, c, url := server(t)
	lengths, err := Lengths(client, []string{url + "/a", url + "/none", url + "/b"})
	if want := map[string]int{url + "/a": 5, url + "/b": 0}; !maps.Equal(lengths, want) || err != nil {
		t.Errorf("got %v, %v", lengths, err)
	}
	if lengths, err := Lengths(client, []string{url + "/a", "bad://", url + "/b"}); lengths != nil || err == nil {
		t.Errorf("got %v, %v", lengths, err)
	}
	if n := c.opened.Load(); n != 4 {
		t.Errorf("%d requests", n)
	}
}

func TestAll(t *testing.T) {
	client, _, url := server(t)
	if items, err := All(client, url, "/list/1"); !slices.Equal(items, []string{"x", "y", "z"}) || err != nil {
		t.Errorf("got %v, %v", items, err)
	}
	for _, path := range []string{"/bad/1", "/gone/1"} {
		if items, err := All(client, url, path); !slices.Equal(items, []string{"x"}) || err == nil {
			t.Errorf("got %v, %v", items, err)
		}
	}
}

func TestMirror(t *testing.T) {
	client, c, url := server(t)
	found := Mirror(client, []string{"bad://", url + "/none", url}, []string{"/a", "/c", "/b", "/busy", "/list/1"})
	if want := map[string]string{"/a": url, "/b": url}; !maps.Equal(found, want) {
		t.Errorf("got %v", found)
	}
	if n := c.opened.Load(); n != 8 {
		t.Errorf("%d requests", n)
	}
}
