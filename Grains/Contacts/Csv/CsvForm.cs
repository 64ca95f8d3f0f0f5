using System.Text;
using System.Text.Unicode;

namespace Crm.Contacts.Csv;

/// <summary>How a file is written.</summary>
/// <param name="Delimiter"><c>,</c> <c>;</c> tab or <c>|</c>.</param>
/// <param name="Ragged">Rows may end early: the program that wrote the file leaves out empty cells at the end, as Excel does.</param>
public sealed record CsvForm(Encoding Encoding, char Delimiter, bool Ragged = false)
{
    private const int Sample = 64 * 1024;
    private const double RaggedShare = 0.2;

    // What Excel means by "ANSI" in western Europe; its letters above 0x9F are those of Latin-1.
    private static readonly Encoding Latin = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    /// <summary>Finds the form out; reads the stream to its end and leaves it there.</summary>
    /// <remarks>
    /// UTF-8 is what is valid UTF-8 to the last byte: a file may be plain ASCII for a thousand lines before the first umlaut tells. UTF-16 without
    /// a mark is told by its zeros, which no text of 8 bits has.
    /// </remarks>
    public static async Task<CsvForm> Detect(Stream stream, CancellationToken cancel = default)
    {
        var encoding = await DetectEncoding(stream, cancel);
        stream.Position = 0;
        using var reader = new StreamReader(stream, encoding, detectEncodingFromByteOrderMarks: true, Sample, leaveOpen: true);
        var head = new char[Sample];
        var length = await reader.ReadBlockAsync(head, cancel);
        return new(encoding, DetectDelimiter(head.AsSpan(0, length)));
    }

    /// <summary>The same form, once it is known how many of the rows are shorter than the header.</summary>
    public CsvForm With(long rows, long shortRows) => this with { Ragged = rows > 0 && (double)shortRows / rows >= RaggedShare };

    /// <summary>Opens a file in this form; a byte order mark is not part of the text.</summary>
    public TextReader Open(Stream stream) => new StreamReader(stream, Encoding, detectEncodingFromByteOrderMarks: true, Sample);

    private static async Task<Encoding> DetectEncoding(Stream stream, CancellationToken cancel)
    {
        stream.Position = 0;
        var buffer = new byte[Sample];
        var length = await stream.ReadAtLeastAsync(buffer, Sample, throwOnEndOfStream: false, cancel);
        switch (buffer.AsSpan(0, length))
        {
            case [0xEF, 0xBB, 0xBF, ..]:
                return Encoding.UTF8;
            case [0xFF, 0xFE, ..]:
                return Encoding.Unicode;
            case [0xFE, 0xFF, ..]:
                return Encoding.BigEndianUnicode;
        }

        if (Wide(buffer.AsSpan(0, length)) is { } wide)
        {
            return wide;
        }

        for (var rest = 0; ;)
        {
            var end = length < Sample;
            if (!Valid(buffer.AsSpan(0, length), end, out rest))
            {
                return Latin;
            }

            if (end)
            {
                return Encoding.UTF8;
            }

            buffer.AsSpan(length - rest, rest).CopyTo(buffer);
            length = rest + await stream.ReadAtLeastAsync(buffer.AsMemory(rest), Sample - rest, throwOnEndOfStream: false, cancel);
        }
    }

    // A character may be cut in two by the end of the buffer: at most three bytes are carried over.
    private static bool Valid(ReadOnlySpan<byte> bytes, bool end, out int rest)
    {
        for (rest = 0; rest <= (end ? 0 : 3) && rest <= bytes.Length; rest++)
        {
            if (Utf8.IsValid(bytes[..^rest]))
            {
                return true;
            }
        }

        return false;
    }

    private static UnicodeEncoding? Wide(ReadOnlySpan<byte> bytes)
    {
        var (even, odd) = (0, 0);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == 0)
            {
                _ = i % 2 == 0 ? even++ : odd++;
            }
        }

        var pairs = bytes.Length / 2;
        return pairs == 0 ? null
            : odd > pairs / 3 && even <= pairs / 50 ? new UnicodeEncoding(bigEndian: false, byteOrderMark: false)
            : even > pairs / 3 && odd <= pairs / 50 ? new UnicodeEncoding(bigEndian: true, byteOrderMark: false)
            : null;
    }

    // The one that stands most often in the header, outside quotes. Excel may name it in a line before: sep=;
    private static char DetectDelimiter(ReadOnlySpan<char> head)
    {
        if (head.TrimStart('\uFEFF').StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && head.TrimStart('\uFEFF').Length > 4)
        {
            return head.TrimStart('\uFEFF')[4];
        }

        ReadOnlySpan<char> known = [',', ';', '\t', '|'];
        Span<int> seen = stackalloc int[4];
        var (quoted, any) = (false, false);
        foreach (var c in head)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c is '\n' or '\r' && any)
            {
                break;
            }
            else if (!quoted && known.IndexOf(c) is >= 0 and var which)
            {
                seen[which]++;
            }

            any |= !char.IsWhiteSpace(c);
        }

        var best = 0;
        for (var i = 1; i < seen.Length; i++)
        {
            best = seen[i] > seen[best] ? i : best;
        }

        return known[best];
    }
}
