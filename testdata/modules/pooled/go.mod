module pooled

go 1.24
