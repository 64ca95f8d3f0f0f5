using CsvHelper;

namespace Crm.Contacts.Csv;

/// <summary>One row of a file.</summary>
/// <param name="Line">The line on which it begins, from 1; the header counts.</param>
/// <param name="Cells">As many as the header has; empty when there is a problem.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public readonly record struct CsvRow(long Line, IReadOnlyList<string> Cells, string? Problem = null);

/// <summary>Reads a file row by row, in memory that does not grow with it. What is broken is told and the rest goes on.</summary>
public sealed class CsvRows : IDisposable
{
    private readonly Queue<CsvRow> _broken = new();
    private readonly CsvReader _reader;
    private readonly bool _ragged;

    /// <summary>Opens a file and reads its header.</summary>
    public CsvRows(TextReader text, CsvForm form)
    {
        _ragged = form.Ragged;
        var lines = new MendedLines(text, form.Delimiter, (line, why) => _broken.Enqueue(new(line, [], why)));
        _reader = CsvReader.Create(lines, new CsvReaderOptions { Separator = form.Delimiter, HasHeader = false, TrackLineNumbers = true });
        Columns = ReadHeader();
    }

    /// <summary>The names in the header, each once; empty when the file is.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Rows that ended before the header does, so far.</summary>
    public long ShortRows { get; private set; }

    /// <summary>The rows that are left, in the order of the file but for broken ones, which come as soon as they are found.</summary>
    public IEnumerable<CsvRow> Rows()
    {
        while (_reader.Read())
        {
            var line = _reader.LineNumber;
            while (_broken.TryPeek(out var broken) && broken.Line < line)
            {
                yield return _broken.Dequeue();
            }

            var cells = _reader.Current.ToArray();
            if (!cells.All(string.IsNullOrWhiteSpace))
            {
                yield return Row(line, cells);
            }
        }

        while (_broken.TryDequeue(out var broken))
        {
            yield return broken;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _reader.Dispose();

    private CsvRow Row(long line, string[] cells)
    {
        if (cells.Length < Columns.Count)
        {
            ShortRows++;
            return _ragged
                ? new(line, [.. cells, .. Enumerable.Repeat("", Columns.Count - cells.Length)])
                : new(line, [], $"This line has {cells.Length} columns, and the header has {Columns.Count}.");
        }

        return cells.Skip(Columns.Count).All(string.IsNullOrWhiteSpace)
            ? new(line, cells.Length == Columns.Count ? cells : cells[..Columns.Count])
            : new(line, [], $"This line has {cells.Length} columns, and the header has {Columns.Count}.");
    }

    private List<string> ReadHeader()
    {
        while (_reader.Read())
        {
            var cells = _reader.Current.ToArray();
            if (!cells[0].StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && !cells.All(string.IsNullOrWhiteSpace))
            {
                return Named(cells);
            }
        }

        return [];
    }

    private static List<string> Named(string[] cells)
    {
        var names = new List<string>(cells.Length);
        for (var i = 0; i < cells.Length; i++)
        {
            var name = cells[i].Trim() is { Length: > 0 } given ? given : $"Column {i + 1}";
            var unique = name;
            for (var copy = 2; names.Contains(unique); copy++)
            {
                unique = $"{name} ({copy})";
            }

            names.Add(unique);
        }

        return names;
    }
}
