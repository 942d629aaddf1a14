package pooled

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// Sums tells the hash of each text.
func Sums(texts []string) (sums []string) {
	for _, text := range texts {
		h := sha256.New()
		defer h.Reset()
		io.WriteString(h, text)
		sums = append(sums, hex.EncodeToString(h.Sum(nil)))
	}
	return sums
}

// JSON writes each text as JSON, and ends with the first error.
func JSON(w io.Writer, texts []string) error {
	for _, text := range texts {
		buf := new(bytes.Buffer)
		defer buf.Reset()
		if err := json.NewEncoder(buf).Encode(text); err != nil {
			return err
		}
		if _, err := w.Write(buf.Bytes()); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	return nil
}

// Quoted puts each text in quotes.
func Quoted(texts []string) (quoted []string) {
	for _, text := range texts {
		var buf bytes.Buffer
		defer buf.Reset()
		fmt.Fprintf(&buf, "%q", text)
		if buf.Len() > 100 {
			continue
		}
		quoted = append(quoted, buf.String())
	}
	return quoted
}

// scope is what one text is worked on with.
type scope struct {
	text  string
	tries int
	open  bool
}

func (s *scope) close() { s.open = false }

func (s *scope) run() string {
	s.tries++
	return fmt.Sprint(s.text, s.tries, s.open)
}

// Run works on each text.
func Run(texts []string) (done []string) {
	for _, text := range texts {
		s := &scope{text: text, open: true}
		defer s.close()
		s.run()
		done = append(done, s.run())
	}
	return done
}

var scratch = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Joined puts texts together, each twice.
func Joined(texts []string) (joined string) {
	for _, text := range texts {
		buf := scratch.Get().(*bytes.Buffer)
		defer scratch.Put(buf)
		buf.Reset()
		buf.WriteString(text)
		buf.WriteString(text)
		joined += buf.String()
	}
	return joined
}

// Views keeps the memory of each buffer.
func Views(texts []string) (views [][]byte) {
	for _, text := range texts {
		buf := new(bytes.Buffer)
		defer fmt.Fprint(io.Discard, buf.Len())
		buf.WriteString(text)
		views = append(views, buf.Bytes())
	}
	return views
}
