using System.Text.Json;

namespace Crm;

/// <summary>Which contacts to write out, and how.</summary>
/// <param name="Columns">Fields, parts of the address as <c>address.city</c>, custom fields as <c>custom.name</c>, and <c>id</c>, <c>version</c>, <c>createdAt</c>, <c>updatedAt</c>; null for all fields that the caller may see.</param>
/// <param name="Excel">For a spreadsheet: with a byte order mark, and telephone numbers that begin with + kept from being computed.</param>
public sealed record ExportOrder(string? Q, JsonElement Filter, string? Sort, IReadOnlyList<string>? Columns, char Delimiter = ',', bool Excel = false);

/// <summary>The text of a file piece by piece, or why there is none.</summary>
/// <param name="Pieces">Whole rows. Read once; what is not read is not fetched.</param>
public sealed record ExportAnswer(IAsyncEnumerable<string>? Pieces, Problem? Refusal);

/// <summary>Writes contacts out as CSV (RFC 4180), reduced to what the caller may see. Cells that a spreadsheet would run are made harmless.</summary>
public interface IContactExport
{
    /// <summary>The first page is read before this returns, so what is wrong with the question is told in time.</summary>
    Task<ExportAnswer> Write(Caller caller, ExportOrder order, CancellationToken cancel = default);
}
