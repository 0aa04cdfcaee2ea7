// Package transfer moves files by digest over HTTP, resuming where a broken
// connection left off, so that no byte is sent twice.
//
// The protocol has one resource, /v1/files/DIGEST:
//
//   - HEAD answers 200 with the size as Content-Length if the file is whole, else
//     404; Upload-Offset tells the bytes that are there in both cases;
//   - GET gives the content, or with Range one range of it (206);
//   - PUT with Upload-Offset and Upload-Length appends its body to the part: 201
//     when the file is whole, 202 when more must come, 409 with the right
//     Upload-Offset if the part does not end there, 422 if the content does not have
//     the digest (the upload then starts again from 0).
//
// Content travels as it is, or compressed with zstd (RFC 8878) under
// Content-Encoding where that pays. Offsets, lengths and ranges always count
// uncompressed bytes. For GET that departs from RFC 9110, 14.2, where a range
// counts encoded bytes: a compressed stream made anew for each answer has no
// stable ranges. Caches, which might be misled, are told to stay away.
//
// Errors are JSON objects {"code","message","hint"}. Who may read or write is
// decided outside, by middleware.
package transfer
