using System.Text.Json;

namespace Crm;

/// <summary>A contact that may be the same as another one.</summary>
/// <param name="Contact">Reduced to what the caller may see.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Reasons">Of <c>email</c>, <c>phone</c>, <c>name</c>, <c>company</c>: what the two share.</param>
public sealed record DuplicateContact(RecordView Contact, double Score, IReadOnlyList<string> Reasons);

/// <summary>The likeliest first, or what is wrong with the question.</summary>
public sealed record DuplicatesAnswer(IReadOnlyList<DuplicateContact> Items, IReadOnlyList<Problem> Problems);

/// <summary>Finds contacts that may be one. Compares and shows only what the caller may see.</summary>
public interface IDuplicates
{
    /// <summary>Of a contact that exists; null when there is none for this caller.</summary>
    Task<DuplicatesAnswer?> Of(Caller caller, string contact, CancellationToken cancel = default);

    /// <summary>Of a contact that is not made yet.</summary>
    /// <param name="fields">As they would be sent to make it.</param>
    Task<DuplicatesAnswer> Like(Caller caller, JsonElement fields, CancellationToken cancel = default);
}
