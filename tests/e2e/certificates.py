"""A certificate authority of one test, made with the openssl program."""

import os
import ssl
import subprocess
import tempfile


class Authority:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="waybill-e2e-ca-")
        self.ca_file = self._file("ca.pem")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", self._file("ca.key"), "-out", self.ca_file, "-days", "2",
                      "-subj", "/CN=an authority for tests", "-addext", "basicConstraints=critical,CA:TRUE")

    def server(self, name="IP:127.0.0.1"):
        """What a server's connections are wrapped in; `name` is the one its certificate is for."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name))
        return context

    def issue(self, name="IP:127.0.0.1", file="server"):
        """The files of a certificate for `name` and of its key."""
        key, request, certificate = (self._file(file + end) for end in (".key", ".csr", ".pem"))
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                      "-out", request, "-subj", "/CN=a server")
        with open(self._file("names"), "w") as names:
            names.write("subjectAltName=" + name)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", self._file("ca.key"),
                      "-CAcreateserial", "-days", "2", "-extfile", self._file("names"), "-out", certificate)
        return certificate, key

    def _file(self, name):
        return os.path.join(self.directory, name)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)
