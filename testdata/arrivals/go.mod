module arrivals

go 1.26
