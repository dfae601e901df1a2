"""viaduct-certs as people use it, judged by openssl."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

PROGRAM = pathlib.Path(os.environ["VIADUCT_TEST_BIN"]) / "viaduct-certs"
DEV_FILES = ["ca.key", "ca.pem", "client.key", "client.pem", "crl.pem", "server.key", "server.pem"]


class CertsTest(unittest.TestCase):
    def setUp(self):
        self.parent = pathlib.Path(tempfile.mkdtemp(prefix="viaduct-certs-"))
        self.addCleanup(shutil.rmtree, self.parent)
        self.folder = self.parent / "certs"

    def certs(self, *words, status=0):
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertEqual(done.stderr == "", status == 0, done.stderr)
        return done.stdout + done.stderr

    def verify(self, name, *options):
        """What openssl says about a certificate: "OK", or its words."""
        done = subprocess.run(
            ["openssl", "verify", "-x509_strict", "-CAfile", self.folder / "ca.pem",
             "-CRLfile", self.folder / "crl.pem", "-crl_check", *options, self.folder / name],
            capture_output=True, text=True, check=False)
        return "OK" if done.returncode == 0 else done.stdout + done.stderr

    def files(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    # ---- dev ----

    def test_dev_makes_everything_once(self):
        self.certs("dev", self.folder)
        first = self.files()
        self.assertEqual(sorted(first), DEV_FILES)
        self.assertEqual(self.folder.stat().st_mode & 0o7777, 0o700)
        for name in first:
            mode = (self.folder / name).stat().st_mode & 0o7777
            self.assertEqual(mode, 0o600 if name.endswith(".key") else 0o644, name)

        for name in ["localhost", socket.gethostname()]:
            self.assertEqual(self.verify("server.pem", "-purpose", "sslserver",
                                         "-verify_hostname", name), "OK")
        for address in ["127.0.0.1", "::1"]:
            self.assertEqual(self.verify("server.pem", "-verify_ip", address), "OK")
        self.assertEqual(self.verify("client.pem", "-purpose", "sslclient"), "OK")
        self.assertNotEqual(self.verify("client.pem", "-purpose", "sslserver"), "OK")
        self.assertNotEqual(self.verify("server.pem", "-verify_hostname", "example.com"), "OK")

        self.assertEqual(self.certs("dev", self.folder).count("kept "), 4)
        self.assertEqual(self.files(), first)

    def test_dev_takes_a_folder_that_is_empty(self):
        self.folder.mkdir(mode=0o755)
        self.certs("dev", self.folder)
        self.assertEqual(self.folder.stat().st_mode & 0o7777, 0o700)

    def test_dev_leaves_a_folder_with_other_things_alone(self):
        self.folder.mkdir(mode=0o755)
        (self.folder / "thesis.txt").write_text("")
        self.assertIn("a folder of their own", self.certs("dev", self.folder, status=1))
        self.assertEqual(self.folder.stat().st_mode & 0o7777, 0o755)
        self.assertEqual(list(self.files()), ["thesis.txt"])

    def test_dev_renews_what_ends_soon_and_keeps_keys(self):
        self.certs("dev", self.folder)
        self.certs("server", self.folder, "server", "--renew", "--days", "20",
                   "--dns", "localhost", "--ip", "127.0.0.1", "--ip", "::1",
                   "--dns", socket.gethostname())
        before = self.files()
        self.certs("dev", self.folder)
        after = self.files()
        self.assertEqual({name for name in after if after[name] != before[name]}, {"server.pem"})
        self.assertEqual(self.verify("server.pem", "-verify_hostname", "localhost"), "OK")

    def test_dev_renews_an_authority_that_ends_soon(self):
        self.certs("ca", self.folder, "--days", "20")
        self.certs("client", self.folder, "other")
        before = self.files()
        self.assertIn("made", self.certs("dev", self.folder))
        after = self.files()
        self.assertNotEqual(after["ca.pem"], before["ca.pem"])
        self.assertEqual(after["ca.key"], before["ca.key"])
        self.assertEqual(self.verify("other.pem"), "OK")
        self.assertEqual(self.verify("server.pem"), "OK")

    def test_dev_makes_good_what_is_gone_wrong_or_revoked(self):
        self.certs("dev", self.folder)
        for harm in [lambda: (self.folder / "client.pem").unlink(),
                     lambda: (self.folder / "client.key").unlink(),
                     lambda: (self.folder / "crl.pem").unlink(),
                     lambda: (self.folder / "ca.pem").unlink(),
                     lambda: (self.folder / "crl.pem").write_text("nonsense"),
                     lambda: (self.folder / "client.pem").write_text("nonsense"),
                     lambda: shutil.copy(self.folder / "server.pem", self.folder / "client.pem"),
                     lambda: self.certs("revoke", self.folder, "client"),
                     lambda: self.certs("client", self.folder, "client", "--renew",
                                        "--usage", "none")]:
            harm()
            self.certs("dev", self.folder)
            self.assertEqual(self.verify("client.pem", "-purpose", "sslclient"), "OK")
            self.assertEqual(self.verify("server.pem", "-purpose", "sslserver"), "OK")

    def test_dev_does_not_replace_an_authority_whose_key_is_gone(self):
        self.certs("dev", self.folder)
        (self.folder / "ca.key").rename(self.parent / "ca.key")
        before = self.files()
        self.certs("dev", self.folder, status=1)
        self.assertEqual(self.files(), before)

    def test_many_at_once_make_one_set(self):
        running = [subprocess.Popen([PROGRAM, "dev", self.folder], stdout=subprocess.PIPE)
                   for _ in range(4)]
        outputs = [process.communicate()[0] for process in running]
        self.assertEqual([process.returncode for process in running], [0] * 4)
        self.assertEqual(sum(output.count(b"made ") for output in outputs), 4)
        self.assertEqual(self.verify("server.pem"), "OK")

    # ---- ca, server, client ----

    def test_a_key_is_never_replaced_unasked(self):
        self.certs("ca", self.folder)
        self.certs("server", self.folder, "gw")
        before = self.files()
        self.assertIn("--renew", self.certs("ca", self.folder, status=1))
        self.assertIn("--force", self.certs("server", self.folder, "gw", status=1))
        self.assertEqual(self.files(), before)

        self.certs("server", self.folder, "gw", "--renew")
        self.assertEqual(self.files()["gw.key"], before["gw.key"])
        self.assertNotEqual(self.files()["gw.pem"], before["gw.pem"])
        self.certs("server", self.folder, "gw", "--force")
        self.assertNotEqual(self.files()["gw.key"], before["gw.key"])
        self.assertEqual(self.verify("gw.pem"), "OK")
        self.certs("ca", self.folder, "--force")
        self.assertNotEqual(self.verify("gw.pem"), "OK")

    def test_names_are_those_given_or_the_certificates_own(self):
        self.certs("ca", self.folder, "--name", "Our authority")
        self.certs("server", self.folder, "gw.example")
        self.certs("server", self.folder, "other", "--dns", "*.lab.example", "--ip", "192.0.2.1")
        self.assertEqual(self.verify("gw.example.pem", "-verify_hostname", "gw.example"), "OK")
        self.assertEqual(self.verify("other.pem", "-verify_hostname", "a.lab.example"), "OK")
        self.assertEqual(self.verify("other.pem", "-verify_ip", "192.0.2.1"), "OK")
        self.assertNotEqual(self.verify("other.pem", "-verify_hostname", "other"), "OK")
        self.certs("client", self.folder, "jo", "--san", "spiffe://example/jo", "--san", "jo.example")
        text = subprocess.run(["openssl", "x509", "-in", self.folder / "jo.pem", "-noout", "-text"],
                              capture_output=True, text=True, check=True).stdout
        self.assertIn("URI:spiffe://example/jo, DNS:jo.example", text)
        self.assertIn("Issuer: CN = Our authority", text)

    def test_what_tests_of_refusals_need_can_be_made(self):
        self.certs("ca", self.folder)
        self.certs("client", self.folder, "past", "--not-after", "2020-01-01")
        self.assertIn("expired", self.verify("past.pem"))
        self.certs("client", self.folder, "future", "--not-before", "2090-01-01T00:00:00Z",
                   "--not-after", "2091-01-01")
        self.assertIn("not yet valid", self.verify("future.pem"))
        self.certs("client", self.folder, "mail", "--usage", "none")
        self.assertNotEqual(self.verify("mail.pem", "-purpose", "sslclient"), "OK")
        self.assertNotEqual(self.verify("mail.pem", "-purpose", "sslserver"), "OK")
        self.certs("server", self.folder, "turned", "--usage", "client")
        self.assertEqual(self.verify("turned.pem", "-purpose", "sslclient"), "OK")

    def test_nothing_outlives_its_authority_unless_that_was_said(self):
        self.certs("ca", self.folder, "--days", "10")
        said = self.certs("server", self.folder, "gw")
        with_authority = said.rsplit("until ", 1)[1]
        self.assertEqual(with_authority,
                         self.certs("server", self.folder, "gw", "--renew").rsplit("until ", 1)[1])
        self.assertIn("2099-01-01", self.certs("server", self.folder, "gw2",
                                               "--not-after", "2099-01-01"))

    # ---- revoke, crl ----

    def test_revoked_is_revoked(self):
        self.certs("ca", self.folder)
        for name in ["a", "b", "c"]:
            self.certs("client", self.folder, name)
        self.certs("revoke", self.folder, "a")
        self.certs("revoke", self.folder, self.folder / "b.pem")
        for name, wanted in [("a", "revoked"), ("b", "revoked"), ("c", "OK")]:
            self.assertIn(wanted, self.verify(name + ".pem"))
        self.assertIn("was revoked before", self.certs("revoke", self.folder, "a.pem"))
        self.certs("crl", self.folder, "--days", "3")
        for name, wanted in [("a", "revoked"), ("b", "revoked"), ("c", "OK")]:
            self.assertIn(wanted, self.verify(name + ".pem"))
        listed = subprocess.run(["openssl", "crl", "-in", self.folder / "crl.pem", "-noout",
                                 "-text", "-CAfile", self.folder / "ca.pem"],
                                capture_output=True, text=True, check=True)
        self.assertEqual(listed.stdout.count("Serial Number:"), 2)
        self.assertIn("verify OK", listed.stderr)

    def test_a_strangers_certificate_is_not_revoked_here(self):
        self.certs("ca", self.folder)
        other = self.parent / "other"
        self.certs("ca", other)
        self.certs("client", other, "stranger")
        before = self.files()
        said = self.certs("revoke", self.folder, other / "stranger.pem", status=1)
        self.assertIn("was not issued by", said)
        self.assertEqual(self.files(), before)

    # ---- wrong use ----

    def test_wrong_use_is_told_in_words(self):
        self.certs("ca", self.folder)
        wrong = [
            (["frobnicate"], "the command is dev"),
            (["dev"], "viaduct-certs dev DIR"),
            (["server", self.folder], "server DIR NAME"),
            (["client", self.folder, "a", "b"], "client DIR NAME"),
            (["dev", self.folder, "--force"], "dev does not take --force"),
            (["client", self.folder, "a", "--dns", "x"], "client does not take --dns"),
            (["server", self.folder, "a", "--frob"], "unrecognized option"),
            (["server", self.folder, "a", "--days", "0"], "--days takes"),
            (["server", self.folder, "a", "--days", "1x"], "--days takes"),
            (["server", self.folder, "a", "--not-after", "soon"], "--not-after takes"),
            (["server", self.folder, "a", "--usage", "both"], "--usage takes"),
            (["server", self.folder, "a", "--force", "--renew"], "exclude each other"),
            (["server", self.folder, "../a"], "is no name for a certificate"),
            (["server", self.folder, "ca"], "is no name for a certificate"),
            (["server", self.folder, "a", "--dns", "a b"], "no address, DNS name or URI"),
            (["server", self.folder, "a", "--not-before", "2030-01-02", "--not-after",
              "2030-01-01"], "cannot end before it begins"),
            (["ca", self.parent / "x", "--name", "a,b"], "no name for an authority"),
        ]
        before = self.files()
        for words, said in wrong:
            with self.subTest(words=words):
                self.assertIn(said, self.certs(*words, status=2))
        self.assertEqual({name: text for name, text in self.files().items() if name in before},
                         before)

    def test_what_is_missing_is_named(self):
        self.assertIn(str(self.folder), self.certs("server", self.folder, "a", status=1))
        self.folder.mkdir(mode=0o700)
        self.assertIn("viaduct-certs ca", self.certs("server", self.folder, "a", status=1))
        self.certs("ca", self.folder)
        self.assertIn("nobody", self.certs("revoke", self.folder, "nobody", status=1))
        self.assertIn("a.key", self.certs("client", self.folder, "a", "--renew", status=1))

    def test_a_folder_of_everybody_is_refused(self):
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.assertIn("others may write", self.certs("ca", self.folder, status=1))

    def test_help_shows_how(self):
        for words in [[], ["--help"]]:
            self.assertIn("viaduct-certs dev", self.certs(*words))


if __name__ == "__main__":
    unittest.main()
