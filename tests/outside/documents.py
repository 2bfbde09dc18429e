"""Documents as people's programs make them, handed in to the real program: each is taken, or refused
for its one true reason.

usage: documents.py path/to/greffe path/to/replay

PDFs are made and changed with pikepdf, pypdf and qpdf, pictures with ImageMagick and exiftool.
"""
import io
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import pikepdf
import pypdf

from common import PORTAL, Place, check, merchants

TAKEN = "taken"
#: No document may keep anybody waiting for longer.
SECONDS_MAX = 3
#: A file holds two hundred documents.
DOCUMENTS_PER_MERCHANT = 150
CUTS = range(95, 0, -5)


def main():
    place = Place(*sys.argv[1:3])
    with place, tempfile.TemporaryDirectory() as folder:
        makers = [Pdfs(pathlib.Path(folder)), Pictures(pathlib.Path(folder))]
        cases = [case for maker in makers for case in maker.cases()]
        server = place.start(environment={"GREFFE_REQUESTS_PER_MINUTE": "1000000"})
        wrong, slowest = hand_in_all(server, cases)
        for line in wrong:
            print(f"FAIL {line}")
        for why in [skipped for maker in makers for skipped in maker.skipped]:
            print(f"skip {why}")
        counts = {}
        for _, _, outcome in cases:
            counts[outcome] = counts.get(outcome, 0) + 1
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        print(f"ok   {len(cases) - len(wrong)} documents ({told}); the slowest took {slowest:.2f} s")
        a_field_that_is_given_twice_is_named(server)
        the_limit_is_ten_megabytes(server)
        others_are_named_and_told_what_to_do(server)
    print(f"documents: {len(cases) - len(wrong) + 3} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def hand_in_all(server, cases):
    wrong, slowest, merchant = [], 0, None
    for number, (name, content, outcome) in enumerate(cases):
        if number % DOCUMENTS_PER_MERCHANT == 0:
            merchant = newcomer(server)
        began = time.monotonic()
        answer = hand_in(server, merchant, content)
        slowest = max(slowest, took := time.monotonic() - began)
        said = TAKEN if answer.status == 201 else answer.code
        if said != outcome or took > SECONDS_MAX:
            wrong.append(f"{name}: {answer.status} {said} after {took:.1f} s, not {outcome}")
    return wrong, slowest


NEWCOMERS = []


def newcomer(server):
    """Somebody who is signed in, has a file, and has handed in nothing."""
    NEWCOMERS.append(None)
    return merchants(server, len(NEWCOMERS))[-1]


def hand_in(server, merchant, content):
    path = f"{PORTAL}/merchants/{merchant.id}/documents"
    return server.client(30).call("POST", path, token=merchant.token,
                                  form={"kind": "other", "file": content})


class Maker:
    def __init__(self, folder):
        self.folder = folder
        self.skipped = []

    def has(self, *programs):
        missing = [program for program in programs if shutil.which(program) is None]
        if missing:
            self.skipped.append(f"what needs {', '.join(missing)}")
        return not missing

    def run(self, *command, written):
        """What a program writes into that file."""
        path = self.folder / written
        path.unlink(missing_ok=True)
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        # 3: qpdf mended something, and says so.
        check(done.returncode in (0, 3), f"{command}: {done.stderr}")
        return path.read_bytes()


class Pdfs(Maker):
    def cases(self):
        plain = self.plain()
        shapes = {"plain": plain, "pypdf": self.by_pypdf(plain)} | self.shapes(plain)
        for name, content in shapes.items():
            yield name, content, TAKEN
            for percent in CUTS:
                cut = content[:len(content) * percent // 100]
                # What comes before the header is no document at all.
                if b"%PDF-" in cut:
                    yield f"{name}, cut at {percent} %", cut, "document_unreadable"
            if name.startswith("encrypted"):
                continue
            yield f"{name}, no end mark", content.rstrip().removesuffix(b"%%EOF"), TAKEN
            yield f"{name}, more behind it", content + b"\0" * 2_000, TAKEN
            yield f"{name}, behind a mark", b"\xef\xbb\xbf" + content, TAKEN
            yield f"{name}, behind a kilobyte", b"\n" * 1_024 + content, TAKEN
            wrong = re.sub(rb"startxref\s+\d+", b"startxref\n7", content)
            yield f"{name}, wrong startxref", wrong, TAKEN
        yield from self.added(plain)
        yield from self.words()
        yield from self.hidden()
        yield "a page too many", self.plain(pages=201), "document_too_long"
        yield "two hundred pages", self.plain(pages=200), TAKEN

    def plain(self, pages=1, change=None, **how):
        pdf = pikepdf.new()
        for _ in range(pages):
            page = pdf.add_blank_page(page_size=(595, 842))
            page.Contents = pdf.make_stream(b"BT /F1 12 Tf 50 700 Td (Releve d'identite) Tj ET")
        pdf.make_indirect(pikepdf.Dictionary(Filler=pikepdf.String("x" * 4_000)))
        if change:
            change(pdf)
        return saved(pdf, **how)

    def by_pypdf(self, plain):
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(plain))
        written = io.BytesIO()
        writer.write(written)
        return written.getvalue()

    def shapes(self, plain):
        """The same document as other programs write it."""
        made = {
            "object streams": self.plain(object_stream_mode=pikepdf.ObjectStreamMode.generate),
            "linearised": self.plain(linearize=True),
            "linearised with object streams": self.plain(
                linearize=True, object_stream_mode=pikepdf.ObjectStreamMode.generate),
            "PDF 1.3": self.plain(force_version="1.3"),
            "PDF 2.0": self.plain(force_version="2.0"),
        }
        for revision, name in ((2, "RC4, 40 bits"), (3, "RC4, 128 bits"), (4, "AES, 128 bits"),
                               (6, "AES, 256 bits")):
            how = {"R": revision, "aes": revision >= 4, "metadata": revision >= 4}
            locked = pikepdf.Encryption(owner="owner", user="", **how)
            made[f"encrypted, {name}, no password"] = self.plain(encryption=locked)
        if self.has("qpdf"):
            source = self.folder / "plain.pdf"
            source.write_bytes(plain)
            made["by qpdf"] = self.run("qpdf", "--qdf", source, self.folder / "qdf.pdf",
                                       written="qdf.pdf")
            made["by qpdf, objects in streams"] = self.run(
                "qpdf", "--object-streams=generate", source, self.folder / "os.pdf",
                written="os.pdf")
        return made

    def added(self, plain):
        """Changes that a program appended; cut within what it appended."""
        reader = pypdf.PdfReader(io.BytesIO(plain))
        writer = pypdf.PdfWriter(reader, incremental=True)
        writer.pages[0].rotate(90)
        written = io.BytesIO()
        writer.write(written)
        content = written.getvalue()
        check(content.startswith(plain) and len(content) > len(plain), "nothing was appended")
        yield "a change appended", content, TAKEN
        last = content.rindex(b"startxref")
        behind = content.index(b"obj", len(plain))
        for part in range(1, 9):
            end = behind + 5 + (last - behind - 30) * part // 9
            yield f"a change appended, cut at {part}/9", content[:end], "document_unreadable"

    def words(self):
        """What only looks like a script."""
        def link(uri):
            def change(pdf):
                action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String(uri))
                annotation = pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=action,
                                                Rect=[0, 0, 9, 9])
                pdf.pages[0].Annots = pikepdf.Array([annotation])
            return change

        def title(pdf):
            pdf.docinfo["/Title"] = "/JavaScript /Launch /EmbeddedFile /XFA"

        def destination(pdf):
            pdf.Root.OpenAction = pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.Fit])

        def going(pdf):
            there = pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.Fit])
            pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=there)

        def form(pdf):
            field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="iban", V="FR76"))
            pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))

        for name, change in (
                ("a link to …/docs/Web/JavaScript", link("https://exemple.fr/docs/Web/JavaScript")),
                ("a title", title), ("a page to open at", destination),
                ("an action that goes to a page", going), ("a form to fill in", form)):
            yield f"words: {name}", self.plain(change=change), TAKEN

    def hidden(self):
        """What runs something, or holds other files, at every place."""
        def script(**more):
            return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)", **more)

        def at_opening(pdf):
            pdf.Root.OpenAction = script()

        def behind_references(pdf):
            name = pdf.make_indirect(pikepdf.Name.JavaScript)
            code = pdf.make_indirect(pikepdf.String("app.alert(1)"))
            pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(S=name, JS=code))

        def after_another(pdf):
            there = pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.Fit])
            pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=there, Next=script())

        def in_names(pdf):
            tree = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), script()]))
            pdf.Root.Names = pikepdf.Dictionary(JavaScript=tree)

        def in_a_field(pdf):
            field = pdf.make_indirect(pikepdf.Dictionary(
                FT=pikepdf.Name.Tx, T="iban", AA=pikepdf.Dictionary(K=script())))
            pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))

        def on_a_page(pdf):
            pdf.pages[0].AA = pikepdf.Dictionary(O=script())

        def in_a_rendition(pdf):
            pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Rendition, JS="app.alert(1)")

        def program(pdf):
            pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")

        def xfa(pdf):
            data = pdf.make_stream(b"<xdp:xdp/>")
            pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]), XFA=data)

        def attachment(pdf):
            pdf.attachments["a.txt"] = b"hello"

        scripts = (at_opening, behind_references, after_another, in_names, in_a_field, on_a_page,
                   in_a_rendition, program, xfa)
        generate = pikepdf.ObjectStreamMode.generate
        locked = pikepdf.Encryption(owner="owner", user="", R=6)
        for changes, outcome in ((scripts, "document_has_scripts"),
                                 ((attachment,), "document_has_attachments")):
            for change in changes:
                name = f"hidden: {change.__name__}"
                yield name, self.plain(change=change), outcome
                streams = self.plain(change=change, object_stream_mode=generate)
                yield f"{name}, in an object stream", streams, outcome
                yield f"{name}, encrypted", self.plain(change=change, encryption=locked), outcome
        escaped = self.plain(change=at_opening).replace(b"/JavaScript", b"/Java#53cript")
        yield "hidden: at_opening, escaped", escaped, "document_has_scripts"
        for revision in (2, 3, 4, 6):
            how = {"R": revision, "aes": revision >= 4, "metadata": revision >= 4}
            closed = pikepdf.Encryption(owner="owner", user="user", **how)
            yield (f"closed with a password, revision {revision}", self.plain(encryption=closed),
                   "document_encrypted")


def saved(pdf, **how):
    written = io.BytesIO()
    pdf.save(written, **how)
    return written.getvalue()


class Pictures(Maker):
    def cases(self):
        if not self.has("convert"):
            return
        made = {}
        for name, options in (
                ("photo.jpg", ("-quality", "85")), ("grey.jpg", ("-colorspace", "Gray")),
                ("cmyk.jpg", ("-colorspace", "CMYK")), ("progressive.jpg", ("-interlace", "JPEG")),
                ("photo.png", ()), ("grey.png", ("-colorspace", "Gray")),
                ("palette.png", ("-colors", "16")), ("deep.png", ("-depth", "16")),
                ("interlaced.png", ("-interlace", "PNG"))):
            made[name] = self.run("convert", "-size", "600x400", "plasma:red-blue", *options,
                                  self.folder / name, written=name)
        for name, content in list(made.items()):
            if name.endswith("jpg") and self.has("exiftool"):
                path = self.folder / name
                subprocess.run(["exiftool", "-q", "-overwrite_original", "-Orientation=6", "-n",
                                "-Make=Exemple", "-Comment=%PDF-1.7", path], check=True)
                made[f"{name} with what a telephone adds"] = path.read_bytes()
        for name, content in made.items():
            yield name, content, TAKEN
            for percent in CUTS:
                cut = content[:len(content) * percent // 100]
                yield f"{name}, cut at {percent} %", cut, "document_unreadable"
            yield f"{name}, more behind it", content + b"more" * 100, TAKEN
            # Of a progressive JPEG nobody can tell whether more was to come.
            if not name.startswith("progressive"):
                end = 12 if "png" in name else 2
                yield f"{name}, no end mark", content[:-end], TAKEN
        wide = self.run("convert", "-size", "12001x1", "xc:white", self.folder / "wide.png",
                        written="wide.png")
        yield "12,001 pixels", wide, "picture_too_large"
        yield "12,000 pixels", self.run("convert", "-size", "12000x1", "xc:white",
                                        self.folder / "fits.png", written="fits.png"), TAKEN


def form(*parts):
    """A form in which a name may come twice."""
    boundary = "twice"
    body = b""
    for name, content in parts:
        file = '; filename="x"' if isinstance(content, bytes) else ""
        text = content if isinstance(content, bytes) else content.encode()
        body += (f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"{file}\r\n\r\n'
                 .encode() + text + b"\r\n")
    return f"Multipart/Form-Data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def a_field_that_is_given_twice_is_named(server):
    merchant = newcomer(server)
    picture = Pdfs(pathlib.Path(".")).plain()
    for twice, parts in (("file", (("kind", "other"), ("file", picture), ("file", picture))),
                         ("kind", (("kind", "other"), ("kind", "other"), ("file", picture)))):
        kind, body = form(*parts)
        answer = server.client().send(f"{PORTAL}/merchants/{merchant.id}/documents", body,
                                      content_type=kind, authorization=f"bearer {merchant.token}")
        errors = answer.json().get("errors", [])
        check(answer.status == 422 and [error["pointer"] for error in errors] == [f"/{twice}"],
              f"{twice}: {answer.status} {answer.body}")
    view = server.client().call("GET", f"{PORTAL}/merchants/{merchant.id}/client-file",
                                token=merchant.token)
    check(view.json()["documents"] == [], "half of a form was kept")
    print("ok   a_field_that_is_given_twice_is_named")


def the_limit_is_ten_megabytes(server):
    merchant = newcomer(server)
    limit = 10 * 1024 * 1024
    for size, outcome in ((limit, {TAKEN}), (limit + 1, {"document_too_large"}),
                          (limit + 100_000, {"too_large"})):
        pdf = Pdfs(pathlib.Path(".")).plain()
        answer = hand_in(server, merchant, pdf + b"\n" * (size - len(pdf)))
        said = TAKEN if answer.status == 201 else answer.code
        check(said in outcome, f"{size} bytes: {answer.status} {said}")
        check(said == TAKEN or "10 M" in answer.json()["detail"], f"no limit: {answer.body}")
    print("ok   the_limit_is_ten_megabytes")


def others_are_named_and_told_what_to_do(server):
    merchant = newcomer(server)
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    word = b"PK\x03\x04\x14\0\6\0\x08\0\0\0!\0" + bytes(16) + b"[Content_Types].xml" + bytes(100)
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
    for content, words in ((heic, ("HEIC", "JPEG")), (word, ("PDF",)), (old, ("PDF",)),
                           (b"GIF89a" + bytes(100), ("PDF", "JPEG", "PNG"))):
        answer = hand_in(server, merchant, content)
        said = answer.json()["detail"]
        check(answer.code == "unknown_document_type" and all(word in said for word in words),
              f"{content[:12]}: {answer.status} {said}")
    print("ok   others_are_named_and_told_what_to_do")


if __name__ == "__main__":
    raise SystemExit(main())
