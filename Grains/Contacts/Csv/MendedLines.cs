using System.Text;

namespace Crm.Contacts.Csv;

/// <summary>
/// Hands a CSV text on to a parser line by line, and keeps back the lines that would break it: a quote that is never closed swallows the rest of a file,
/// and one that closes in the middle of a cell shifts all that follows. In their place stands an empty line, so line numbers hold.
/// </summary>
/// <param name="broken">Hears the number of such a line, from 1, with what is wrong.</param>
public sealed class MendedLines(TextReader inner, char delimiter, Action<long, string> broken) : TextReader
{
    /// <summary>Most lines that a quoted cell may span.</summary>
    public const int MostLines = 200;

    /// <summary>Longest row, in characters.</summary>
    public const int LongestRow = 256 * 1024;

    private readonly Queue<string> _ahead = new();
    private string _current = "";
    private int _at;
    private long _line;

    private enum Cell
    {
        Start,
        Plain,
        Quoted,
        Closing,
        Broken,
    }

    /// <inheritdoc />
    public override int Peek() => Fill() ? _current[_at] : -1;

    /// <inheritdoc />
    public override int Read() => Fill() ? _current[_at++] : -1;

    /// <inheritdoc />
    public override int Read(char[] buffer, int index, int count)
    {
        var read = 0;
        while (read < count && Fill())
        {
            var some = Math.Min(count - read, _current.Length - _at);
            _current.CopyTo(_at, buffer, index + read, some);
            (read, _at) = (read + some, _at + some);
        }

        return read;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        while (_at >= _current.Length)
        {
            if (Next() is not { } row)
            {
                return false;
            }

            (_current, _at) = (row, 0);
        }

        return true;
    }

    // The next row with all its lines, or an empty line for a broken one.
    private string? Next()
    {
        if (Line(0) is not { } first)
        {
            return null;
        }

        var state = Scan(first, Cell.Start);
        if (state != Cell.Quoted && state != Cell.Broken)
        {
            return first.Length > LongestRow ? Skip("This line is too long.") : Take(1);
        }

        var (lines, length) = (1, first.Length);
        while (state == Cell.Quoted && lines < MostLines && length <= LongestRow && Line(lines) is { } more)
        {
            state = Scan(more, Cell.Quoted);
            (lines, length) = (lines + 1, length + more.Length);
        }

        return state switch
        {
            Cell.Quoted => Skip("A quotation mark opens on this line and is never closed."),
            Cell.Broken when lines == 1 => Skip("A quotation mark stands in the middle of a cell."),
            Cell.Broken => Skip("A quotation mark opens on this line and is not closed at the end of a cell."),
            _ => Take(lines),
        };
    }

    private Cell Scan(string line, Cell state)
    {
        foreach (var c in line.AsSpan().TrimEnd("\r\n"))
        {
            state = (state, c) switch
            {
                (Cell.Quoted, '"') => Cell.Closing,
                (Cell.Quoted, _) => Cell.Quoted,
                (Cell.Closing, '"') => Cell.Quoted, // Two quotation marks stand for one.
                (Cell.Start, '"') => Cell.Quoted,
                _ when c == delimiter => Cell.Start,
                (Cell.Closing, ' ') => Cell.Closing,
                (Cell.Closing, _) => Cell.Broken,
                _ => Cell.Plain,
            };
            if (state == Cell.Broken)
            {
                return state;
            }
        }

        return state;
    }

    private string Take(int lines)
    {
        _line += lines;
        if (lines == 1)
        {
            return _ahead.Dequeue();
        }

        var row = new StringBuilder();
        for (var i = 0; i < lines; i++)
        {
            row.Append(_ahead.Dequeue());
        }

        return row.ToString();
    }

    private string Skip(string why)
    {
        _ahead.Dequeue();
        broken(++_line, why);
        return "\n";
    }

    private string? Line(int ahead)
    {
        while (_ahead.Count <= ahead && ReadLine() is { } line)
        {
            _ahead.Enqueue(line);
        }

        return ahead < _ahead.Count ? _ahead.ElementAt(ahead) : null;
    }

    // What goes beyond the longest row is read over: a file without line ends must not fill the memory.
    private new string? ReadLine()
    {
        var line = new StringBuilder(128);
        int c;
        while ((c = inner.Read()) is not (-1 or '\n' or '\r'))
        {
            if (line.Length <= LongestRow)
            {
                line.Append((char)c);
            }
        }

        if (c == '\r' && inner.Peek() == '\n')
        {
            _ = inner.Read();
        }

        return c == -1 && line.Length == 0 ? null : line.Append('\n').ToString();
    }
}
