// Package pooled makes an object of memory in each iteration of its loops: what a pool could keep.
package pooled

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"os"
)

// Gzip packs each text.
func Gzip(texts []string) (packed [][]byte, err error) {
	for _, text := range texts {
		var out bytes.Buffer
		err := func() error {
			for range 1 {
				zw := gzip.NewWriter(&out)
				defer zw.Close()
				zw.Name = text
				if _, err := zw.Write([]byte(text)); err != nil {
					return err
				}
			}
			return nil
		}()
		if err != nil {
			return nil, err
		}
		packed = append(packed, bytes.Clone(out.Bytes()))
	}
	return packed, nil
}

// Gunzip unpacks until something is no gzip stream, and tells the names in the headers.
func Gunzip(packed [][]byte) (texts, names []string, err error) {
	for _, one := range packed {
		zr, err := gzip.NewReader(bytes.NewReader(one))
		if err != nil {
			return texts, names, err
		}
		defer zr.Close()
		text, err := io.ReadAll(zr)
		if err != nil {
			return texts, names, err
		}
		texts, names = append(texts, string(text)), append(names, zr.Name)
	}
	return texts, names, nil
}

// Sizes packs each text at the level that is fastest and tells how long it becomes.
func Sizes(texts []string) (sizes []int, _ error) {
	for _, text := range texts {
		var out bytes.Buffer
		zw, err := flate.NewWriter(&out, flate.BestSpeed)
		if err != nil {
			return nil, err
		}
		defer zw.Close()
		_, err = zw.Write([]byte(text))
		if err != nil {
			return nil, err
		}
		if err := zw.Flush(); err != nil {
			return nil, err
		}
		sizes = append(sizes, out.Len())
	}
	return sizes, nil
}

// Inflate unpacks streams of flate, as far as they are whole.
func Inflate(packed [][]byte) (texts []string, failed int) {
	for _, one := range packed {
		zr := flate.NewReader(bytes.NewReader(one))
		defer zr.Close()
		text, err := io.ReadAll(zr)
		if err != nil {
			failed++
			continue
		}
		texts = append(texts, string(text))
	}
	return texts, failed
}

// Unzlib unpacks streams of zlib, as far as they are whole.
func Unzlib(packed [][]byte) (texts []string, failed int) {
	for _, one := range packed {
		zr, err := zlib.NewReader(bytes.NewReader(one))
		if err != nil {
			failed++
			continue
		}
		defer zr.Close()
		text, err := io.ReadAll(zr)
		if err != nil {
			failed++
			continue
		}
		texts = append(texts, string(text))
	}
	return texts, failed
}

// Write writes each text to a file of its name.
func Write(dir string, texts []string) error {
	for _, text := range texts {
		f, err := os.Create(dir + "/" + text)
		if err != nil {
			return err
		}
		defer f.Close()
		w := bufio.NewWriter(f)
		defer w.Flush()
		w.WriteString(text)
	}
	return nil
}

// Heads tells the first line of each file.
func Heads(dir string, names []string) (heads []string, err error) {
	for _, name := range names {
		f, err := os.Open(dir + "/" + name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r := bufio.NewReader(f)
		defer r.Reset(nil)
		head, err := r.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		heads = append(heads, head)
	}
	return heads, nil
}

// Length tells how long all texts are together. objects.go wants buffers too.
func Length(texts []string) (total int) {
	for _, text := range texts {
		buf := new(bytes.Buffer)
		defer buf.Reset()
		buf.WriteString(text)
		total += buf.Len()
	}
	return total
}
