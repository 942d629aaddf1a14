// Package store is what the cases of this topic import: types and functions that no table knows.
package store

import (
	"context"
	"io"
)

// A File is released with Close.
type File struct {
	Label string
	Body  io.Reader
}

// Open opens a file.
func Open(path string) (*File, error) { return &File{}, nil }

// Shared returns a file that others have too.
func Shared(path string) (*File, error) { return &File{}, nil }

// Lease opens a file, with the function that gives it back.
func Lease(path string) (*File, func(), error) { return &File{}, func() {}, nil }

// Close releases the file.
func (f *File) Close() error { return nil }

// CloseWith releases the file, and stores an error.
func (f *File) CloseWith(err *error) {}

// Shutdown releases the file, for as long as the context lives.
func (f *File) Shutdown(ctx context.Context) error { return nil }

// Size is plain data.
func (f *File) Size() int { return 0 }

// Part is a part of the file.
func (f *File) Part() *Part { return &Part{} }

// A Part belongs to a file.
type Part struct{}

// Text is plain data.
func (p *Part) Text() string { return "" }

// Put uses its argument.
func Put(r io.Reader) error { return nil }

// Each calls its argument.
func Each(f func(int)) {}

// View holds its argument.
func View(r io.Reader) *Part { return &Part{} }

// CloseQuietly releases its argument.
func CloseQuietly(c io.Closer) {}

// CloseInto releases its argument, and stores an error.
func CloseInto(c io.Closer, err *error) {}

// A Registry keeps what it is given.
type Registry struct{}

// NewRegistry makes an empty one.
func NewRegistry() *Registry { return &Registry{} }

// Add keeps its argument, and returns something that holds it.
func (r *Registry) Add(x any) *Part { return &Part{} }

// Len is plain data.
func (r *Registry) Len() int { return 0 }

// A Writer writes what is left when it is closed.
type Writer struct{}

// NewWriter makes one that writes to its argument.
func NewWriter(w io.Writer) *Writer { return &Writer{} }

// Write writes.
func (w *Writer) Write(p []byte) (int, error) { return len(p), nil }

// Close writes the rest.
func (w *Writer) Close() error { return nil }

// A Client opens connections.
type Client struct{}

// Dial makes a client.
func Dial(ctx context.Context) (*Client, error) { return &Client{}, nil }

// Close releases the client.
func (c *Client) Close() error { return nil }

// Open opens a file that needs the client.
func (c *Client) Open(path string) (*File, error) { return &File{}, nil }

// Copy opens a file that does not.
func (c *Client) Copy(path string) (*File, error) { return &File{}, nil }

// A Cancel releases something when it is called.
type Cancel func()

// Watch watches a path until it is cancelled.
func Watch(path string) Cancel { return func() {} }

// Send uses the file at a path.
func Send(path string, text []byte) error { return nil }

// Key makes text of a path.
func Key(path string) string { return path }

// Task holds the function that it is given.
func Task(f func()) *Part { return &Part{} }
