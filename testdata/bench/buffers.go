package bench

import (
	"bytes"
	"io"
)

// Buffers writes each record of several fields as one line.
func Buffers(w io.Writer, records [][]string) error {
	for _, record := range records {
		buf := new(bytes.Buffer)
		defer buf.Reset()
		for _, field := range record {
			buf.WriteString(field)
			buf.WriteByte('\t')
		}
		buf.WriteByte('\n')
		if _, err := w.Write(buf.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
