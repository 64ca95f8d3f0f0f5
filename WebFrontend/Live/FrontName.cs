namespace Crm.Web.Live;

/// <summary>What this front end is called in the places of records and users: another name each time it starts, so that what an earlier one said runs out by itself.</summary>
internal sealed record FrontName(string Value);
