//! What a request asks for, before anybody looks at what is there.
