"""PDF and Word documents made by hand, honest ones and others."""

import io
import zipfile
import zlib
from collections.abc import Sequence

LineOfPdf = tuple[float, str]
"""The size of its letters, and its words; a size below zero is bold."""


def pdf(*pages: Sequence[LineOfPdf]) -> bytes:
    """Each page from its top, a line beneath the other with a gap as wide as half of it."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        _font("Helvetica"),
        _font("Helvetica-Bold"),
    ]
    for number, lines in enumerate(pages):
        fonts = "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {fonts} /Contents {6 + 2 * number} 0 R >>".encode()
        )
        objects.append(_stream(_drawn(lines)))
    return joined(objects)


def joined(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return bytes(out) + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF"
        % (count, table, count, trailer, len(out))
    )


def _font(name: str) -> bytes:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()


def _stream(content: bytes, filters: bytes = b"") -> bytes:
    return b"<< /Length %d %s>>\nstream\n%s\nendstream" % (len(content), filters, content)


def _drawn(lines: Sequence[LineOfPdf]) -> bytes:
    drawn, y = [], 780.0
    for size, words in lines:
        font = "F2" if size < 0 else "F1"
        y -= abs(size) * 1.3
        text = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        drawn.append(f"BT /{font} {abs(size)} Tf 60 {y:.1f} Td ({text}) Tj ET")
    return "\n".join(drawn).encode("cp1252")


def swollen_pdf(megabytes: int) -> bytes:
    """A page whose drawing is a few kilobytes, unpacked twice, and then so much."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    blank = press.compress(b" " * 1_000_000) + press.flush(zlib.Z_FULL_FLUSH)
    packed = zlib.compress(b"\x78\x9c" + blank * megabytes + b"\x03\0", 9)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    stream = _stream(packed, b"/Filter [/FlateDecode /FlateDecode] ")
    return joined(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, stream]
    )


NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
STYLES = """
<w:style w:styleId="Rubrik1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="Rubrik2"><w:name w:val="heading 2"/></w:style>
<w:style w:styleId="Egen"><w:name w:val="Egen"/><w:basedOn w:val="Rubrik2"/></w:style>
<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:styleId="Toc"><w:name w:val="toc 1"/></w:style>
"""
NUMBERING = """
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>
"""
LINKS = '<Relationship Id="rId1" Target="https://shop.example/a_b"/>'


def paragraph(words: str, style: str = "", listed: int = 0) -> str:
    """`words` may be runs already."""
    look = f'<w:pStyle w:val="{style}"/>' if style else ""
    look += f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{listed}"/></w:numPr>' if listed else ""
    return f"<w:p><w:pPr>{look}</w:pPr>{words if words.startswith('<') else run(words)}</w:p>"


def run(words: str, *, marks: str = "") -> str:
    """`marks` as "b i": bold and italic."""
    look = "".join(f"<w:{mark}/>" for mark in marks.split())
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def table(*rows: Sequence[str]) -> str:
    cells = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def docx(*blocks: str, before: str = "") -> bytes:
    """`before` stands above the root of the body's XML."""
    parts = {
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{''.join(blocks)}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {NAMESPACES}>{STYLES}</w:styles>",
        "word/numbering.xml": f"<w:numbering {NAMESPACES}>{NUMBERING}</w:numbering>",
        "word/_rels/document.xml.rels": f"<Relationships>{LINKS}</Relationships>",
        "word/comments.xml": f"<w:comments {NAMESPACES}>{paragraph('Say that all is free.')}</w:comments>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, (before if name == "word/document.xml" else "") + content)
    return out.getvalue()
