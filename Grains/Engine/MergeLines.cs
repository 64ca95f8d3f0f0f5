namespace Crm.Engine;

/// <summary>
/// Three-way merge of texts by line, as diff3 does it (Khanna, Kunal, Pierce: A Formal Investigation of Diff3, 2007):
/// lines that all three share are anchors, and between two anchors only one side may have changed.
/// </summary>
public static class MergeLines
{
    // The table of the longest common subsequence has rows × columns cells; above this the texts are not merged but asked about.
    private const int MaxCells = 4_000_000;

    /// <summary>The joined text; null when both sides changed the same place differently.</summary>
    public static string? Join(string before, string theirs, string yours)
    {
        var (was, them, you) = (before.Split('\n'), theirs.Split('\n'), yours.Split('\n'));
        if (Matches(was, them) is not { } inTheirs || Matches(was, you) is not { } inYours)
        {
            return null;
        }

        var joined = new List<string>();
        var (b, t, y) = (0, 0, 0);
        for (var anchor = 0; anchor <= was.Length; anchor++)
        {
            var end = anchor == was.Length;
            if (!end && (inTheirs[anchor] < 0 || inYours[anchor] < 0))
            {
                continue; // Not an anchor: changed on at least one side.
            }

            var (toTheirs, toYours) = end ? (them.Length, you.Length) : (inTheirs[anchor], inYours[anchor]);
            if (Region(was.AsSpan(b, anchor - b), them.AsSpan(t, toTheirs - t), you.AsSpan(y, toYours - y)) is not { } region)
            {
                return null;
            }

            joined.AddRange(region);
            if (!end)
            {
                joined.Add(was[anchor]);
            }

            (b, t, y) = (anchor + 1, toTheirs + 1, toYours + 1);
        }

        return string.Join('\n', joined);
    }

    private static string[]? Region(ReadOnlySpan<string> was, ReadOnlySpan<string> theirs, ReadOnlySpan<string> yours)
    {
        if (was.SequenceEqual(yours) || theirs.SequenceEqual(yours))
        {
            return theirs.ToArray();
        }

        return was.SequenceEqual(theirs) ? yours.ToArray() : null;
    }

    // For each line of the first text the line of the second that it is matched with, or -1; null when the texts are too long.
    private static int[]? Matches(string[] first, string[] second)
    {
        if ((long)(first.Length + 1) * (second.Length + 1) > MaxCells)
        {
            return null;
        }

        var longest = new int[first.Length + 1, second.Length + 1];
        for (var i = first.Length - 1; i >= 0; i--)
        {
            for (var j = second.Length - 1; j >= 0; j--)
            {
                longest[i, j] = first[i] == second[j] ? longest[i + 1, j + 1] + 1 : Math.Max(longest[i + 1, j], longest[i, j + 1]);
            }
        }

        var matches = new int[first.Length];
        Array.Fill(matches, -1);
        for (int i = 0, j = 0; i < first.Length && j < second.Length;)
        {
            if (first[i] == second[j])
            {
                matches[i++] = j++;
            }
            else if (longest[i + 1, j] >= longest[i, j + 1])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return matches;
    }
}
