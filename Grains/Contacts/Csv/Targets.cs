using System.Collections.Frozen;

namespace Crm.Contacts.Csv;

/// <summary>What a column can be mapped to, and by which headers it is known.</summary>
public static class Targets
{
    /// <summary>Given name, joined into <c>name</c>.</summary>
    public const string FirstName = "firstName";

    /// <summary>Further given names, joined into <c>name</c>.</summary>
    public const string MiddleName = "middleName";

    /// <summary>Family name, joined into <c>name</c>.</summary>
    public const string LastName = "lastName";

    // Headers as Header.Normal makes them; before a target that takes one column the better ones come first. From the exports of Google Contacts
    // (before and since 2024), HubSpot, Outlook in English and German, Salesforce, LinkedIn, the Northwind sample, and from what people type in Excel.
    private static readonly (string Target, string Headers)[] Known =
    [
        ("name", "name fullname contactname displayname contact contactperson ansprechpartner kontakt kontaktname kontaktperson vollstandigername nombre nom"),
        (FirstName, "firstname givenname vorname forename first rufname prenom"),
        (MiddleName, "middlename additionalname weiterervorname weiterevornamen zweitervorname middle"),
        (LastName, "lastname surname familyname nachname familienname zuname last apellidos apellido"),
        ("emails", "email emails emailaddress emailaddresses emailvalue mail mailaddress emailadresse emailadressen mailadresse epost primaryemail workemail personalemail "
            + "secondaryemail additionalemailaddresses businessemail homeemail otheremail emailgeschaftlich emailprivat emailadressegeschaftlich emailadresseprivat correo courriel"),
        ("phones", "phone phones phonenumber phonevalue telephone telephonenumber telefon telefonnummer telefonnr tel telnr mobile mobilenumber mobil mobilephone mobilephonenumber "
            + "mobiltelefon mobilnummer handy handynummer handynr cell cellphone businessphone homephone workphone otherphone primaryphone companymainphone directphone "
            + "telefongeschaftlich telefonprivat telefonfirma rufnummer telephone telefono"),
        ("company", "company companyname organization organisation organizationname organisationname org firma firmenname firmaname unternehmen unternehmensname account "
            + "accountname associatedcompany primaryassociatedcompany primarycompany employer arbeitgeber betrieb customer customername kunde kundenname empresa societe"),
        ("title", "jobtitle contacttitle position funktion organizationtitle role rolle berufsbezeichnung stellenbezeichnung beruf occupation title titel cargo"),
        ("address.street", "street streetaddress strasse strassehausnummer strassehausnr strassenr strasseundhausnummer addressstreet businessstreet strassegeschaftlich "
            + "mailingstreet billingstreet address adresse anschrift addressline address1 addressline1 homestreet strasseprivat direccion rue"),
        ("address.city", "city town ort stadt wohnort locality addresscity businesscity ortgeschaftlich mailingcity billingcity homecity ortprivat ciudad ville"),
        ("address.region", "region stateregion state province stateprovince bundesland kanton bundeslandkanton county addressregion businessstate mailingstate mailingstateprovince "
            + "billingstate regiongeschaftlich bundeslandkantongeschaftlich homestate"),
        ("address.postalCode", "postalcode zip zipcode plz postleitzahl postcode zippostalcode addresspostalcode businesspostalcode postleitzahlgeschaftlich mailingzip "
            + "mailingzippostalcode mailingpostalcode billingzip homepostalcode postleitzahlprivat"),
        ("address.country", "country countryregion land staat addresscountry businesscountryregion businesscountry mailingcountry billingcountry landregiongeschaftlich "
            + "landgeschaftlich homecountryregion homecountry nation pais pays"),
        ("tags", "tags tag labels label groupmembership categories category kategorien kategorie schlagworte schlagworter schlagwort stichworte stichworter gruppen gruppe groups group "
            + "keywords etiketten"),
        ("owner", "owner contactowner besitzer zustandig zustandigkeit betreuer verantwortlich verantwortlicher accountmanager"),
        ("priority", "priority prioritat prio wichtigkeit"),
        ("status", "status contactstatus kontaktstatus lifecyclestage"),
        ("notes", "notes note notizen notiz comments comment kommentar kommentare bemerkung bemerkungen anmerkung anmerkungen description beschreibung hinweis hinweise"),
    ];

    // The second line of a street is joined to the first.
    private static readonly FrozenSet<string> SecondLines = FrozenSet.Create(
        "street2", "addressline2", "address2", "adresszusatz", "addressextendedaddress", "hausnummer", "hausnr", "housenumber", "streetaddress2");

    private static readonly FrozenDictionary<string, (string Target, int Rank)> ByHeader = Known
        .SelectMany(known => known.Headers.Split(' ').Distinct().Select((header, rank) => (header, known.Target, rank)))
        .ToFrozenDictionary(known => known.header, known => (known.Target, known.rank));

    private static readonly FrozenSet<string> Many = FrozenSet.Create("emails", "phones", "tags", "notes");

    /// <summary>Everything that a column can be mapped to besides custom fields.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Known.Select(known => known.Target)];

    /// <summary>The target that a header means, and how well it does; null when it means none.</summary>
    /// <param name="normal">See <see cref="Normal"/>.</param>
    public static (string Target, int Rank)? Of(string normal)
    {
        if (ByHeader.TryGetValue(normal, out var known))
        {
            return known;
        }

        if (SecondLines.Contains(normal))
        {
            return ("address.street", -1);
        }

        // Google numbers what it has several of: all e-mail addresses and telephones count, of postal addresses the first.
        var (plain, number) = (string.Concat(normal.Where(c => !char.IsAsciiDigit(c))), string.Concat(normal.Where(char.IsAsciiDigit)));
        return number.Length > 0 && ByHeader.TryGetValue(plain, out known) && (number == "1" || Many.Contains(known.Target)) ? known : null;
    }

    /// <summary>Whether several columns can go there: lists, notes, and the lines of a street.</summary>
    public static bool TakesMany(string target, int rank) => Many.Contains(target) || rank < 0;

    /// <summary>A header without case, accents and punctuation: <c>E-mail 1 - Value</c> is <c>email1value</c>.</summary>
    public static string Normal(string header) => string.Concat(Fold.Text(header).Where(char.IsLetterOrDigit));
}
