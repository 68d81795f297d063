/*
 * Names of fields in English, German, French, Italian, Spanish, Portuguese,
 * Dutch, Polish, Czech, Slovak, Hungarian, Romanian, Russian, Ukrainian, Greek,
 * Turkish and the Nordic languages, as feeds have them. Folded: see
 * field_name_fold().
 */
#include "probe/field_name_table.h"

const struct field_name_entry field_name_table[] = {
	{"id offerid itemid productid articleid artikelid produktid skuid variantid goodsid uid uniqueid externalid "
         "shopitemid pid aid identifier identifiant identificador codprodotto idprodotto idproduit kennung ид идтовара код "
         "κωδικος idprodus supplieraid supplierpid itemno vehicleid",
         PROBE_TARGET_ID, 95},
	{"sku variantsku skucode artikelnummer artnr artikelnr itemnumber itemcode productcode articlecode articlenumber productnumber "
         "codearticle codeproduit bestellnummer kod kodproduktu kodtowaru cikkszam codice codicearticolo referencia "
         "reference referenz codigo cod code nr number nummer numer cislo produktnummer varenummer varenr stockcode "
         "urunkodu stokkodu kodukt symbol indeks артикул код кодтовара artikl oznaceni",
         PROBE_TARGET_ID, 75},
	{"handle slug urlkey guid gid nodeid key", PROBE_TARGET_ID, 45},
	{"sku skucode merchantsku shopsku variantsku articul artikul article artikelnummer artikelnr artnr itemcode "
         "productcode varenummer stockcode артикул oznaceni ref",
         PROBE_TARGET_MERCHANT_SKU, 70},

	{"itemgroupid groupid itemgroup groupcode parentid parentsku parentpid parentproductid productgroupid productgroup "
         "mastersku masterid modelid styleid stylecode configurableid familyid variantgroup variantenid gruppenid skupina "
         "handle parent modelcode kodrodzica codicepadre produktid productid",
         PROBE_TARGET_PRODUCT_ID, 55},
	{"itemgroupid groupid parentsku parentpid productgroupid inproductgroupwithid", PROBE_TARGET_PRODUCT_ID, 95},

	{"title name productname producttitle itemname itemtitle offername fulltitle displayname label nazev nazov nazwa "
         "nazwaproduktu nazwatowaru produkt produktname productnaam naam artikelname artikelbezeichnung bezeichnung "
         "produktbezeichnung titel titre nom nomproduit designation libelle intitule titolo nome nomeprodotto "
         "denominazione titulo nombre denumire nume numeprodus megnevezes nev termeknev cim ονομα τιτλος ονομασια προιον "
         "название наименование имя товар назва найменування isim urunadi baslik adi navn varenavn tuotenimi nimi namn "
         "benamning productnameen nameru nameua descriptionshort",
         PROBE_TARGET_NAME, 95},
	{"productname productnazev vyrobek vyrobok shorttitle subject heading headline", PROBE_TARGET_NAME, 75},
	{"model modelname", PROBE_TARGET_NAME, 45},

	{"description desc longdescription fulldescription productdescription descriptionlong bodyhtml body details "
         "longdesc beschreibung langtext artikelbeschreibung produktbeschreibung langbeschreibung popis popisdlouhy opis "
         "opisproduktu opisdlugi descrizione descrizioneprodotto descripcion descricao descriere leiras termekleiras "
         "περιγραφη описание полноеописание опис aciklama urunaciklama beskrivelse beskrivning kuvaus omschrijving "
         "beschrijving html detail richtextdescription",
         PROBE_TARGET_DESCRIPTION, 95},
	{"shortdescription summary content text shortdesc kurzbeschreibung kratkypopis excerpt teaser intro "
         "descriptioncourte краткоеописание kurztext bullets features abstract",
         PROBE_TARGET_DESCRIPTION, 65},

	{"url link producturl productlink deeplink itemurl offerurl producturls canonicalurl canonicallink pageurl href "
         "permalink landingpage produkturl produktlink lien urlproduit urlprodotto enlace odkaz adres adresurl urunlink "
         "urunurl weburl awdeeplink ссылка посилання адрес συνδεσμος lienproduit merchantdeeplink onlinestoreurl shopurl "
         "detailpageurl viewitemurl",
         PROBE_TARGET_URL, 95},

	{"brand brandname vendor manufacturer manufacturername maker marke hersteller herstellername markenname marka "
         "producent producentnazwa vyrobce vyrobca znacka marque fabricant fabriquant marca produttore fabricante merk "
         "fabrikant gyarto producator κατασκευαστης μαρκα бренд производитель вендор марка виробник uretici varemerke "
         "merke valmistaja varumarke tillverkare make producer mfr",
         PROBE_TARGET_BRAND, 92},
	{"supplier company merchantname publisher editeur verlag wydawnictwo editore nakladatel", PROBE_TARGET_BRAND, 50},

	{"price cena cenabrutto preis prix prezzo precio preco prijs pret ar brutto bruttoar bruttopreis verkaufspreis "
         "preisbrutto prixttc pricevat pricewithvat priceinclvat pricegross grossprice currentprice finalprice "
         "sellingprice unitprice priceamount τιμη цена ціна стоимость розничнаяцена fiyat fiyati satisfiyati hinta pris "
         "utsalgspris salesprice cenavat variantprice retailprice endpreis vkpreis cenadetaliczna prezzovendita pvp "
         "searchprice displayprice storeprice cost",
         PROBE_TARGET_PRICE, 92},
	{"cost amount value netprice cenanetto priceexcltax preisnetto nettopreis prixht totalprice listprice regularprice",
         PROBE_TARGET_PRICE, 45},
	{"oldprice priceold originalprice formerprice wasprice listprice regularprice compareatprice variantcompareatprice "
         "rrp rrpprice msrp uvp strikeprice streichpreis alterpreis crossedprice starcena cenastara cenaprzedrabatem "
         "prixbarre ancienprix prezzopieno prezzobarrato vecchioprezzo precioanterior precoantigo pretvechi regiar listaar "
         "стараяцена старацена ценабезскидки eskifiyat listefiyati forpris ordinariepris pricebefore pricebeforediscount "
         "fullprice retailprice recommendedprice",
         PROBE_TARGET_OLD_PRICE, 85},
	{"saleprice specialprice discountprice discountedprice promoprice offerprice actionprice aktionspreis "
         "angebotspreis sonderpreis cenapromocyjna akcnicena akciovacena prixpromo prixsolde prezzoscontato prezzoofferta "
         "preciooferta precopromocional pretpromo akciosar ценасоскидкой акционнаяцена indirimlifiyat tilbudspris reapris",
         PROBE_TARGET_SALE_PRICE, 85},
	{"currency currencyid currencycode pricecurrency waehrung wahrung waluta mena devise valuta moneda moeda penznem "
         "валюта νομισμα parabirimi valuuta",
         PROBE_TARGET_CURRENCY, 95},

	{"availability available disponible disponibile verfuegbar verfugbar dostepny dostupny elerheto instock stockstatus isinstock stockavailability isavailable verfuegbarkeit verfugbarkeit "
         "lieferstatus dostepnosc dostupnost skladem dostupne disponibilite disponibilita disponibilidad disponibilidade "
         "disponibilitate elerhetoseg keszlet наличие доступность вналичии наявність διαθεσιμοτητα stokdurumu "
         "tilgjengelighet tilgjengelig saatavuus lagerstatus beschikbaarheid avail deliverystatus lagerbestandstatus "
         "stockstate",
         PROBE_TARGET_AVAILABILITY, 90},
	{"deliverydate deliverytime lieferzeit status", PROBE_TARGET_AVAILABILITY, 30},
	{"quantity qty allocation ats stock stockquantity stockqty stockquant quantityinstock inventory inventoryquantity inventorylevel "
         "count amount units onhand stocklevel menge bestand lagerbestand anzahl ilosc stan stanmagazynowy mnozstvi "
         "mnozstvo pocet sklad quantite stockdisponible quantita giacenza cantidad existencias quantidade estoque "
         "cantitate stoc mennyiseg raktarkeszlet количество остаток остатки кількість залишок ποσοτητα stok stokadedi "
         "miktar antall lager antal varasto voorraad aantal variantinventoryqty quantitytosellonfacebook",
         PROBE_TARGET_QUANTITY, 88},
	{"condition zustand itemcondition stan stav etat condizione condicion estado conditie allapot состояние стан "
         "κατασταση durum tilstand skick kunto staat productcondition",
         PROBE_TARGET_CONDITION, 80},

	{"gtin ean ean13 gtin13 gtin14 gtin12 gtin8 upc barcode eancode barcodes codeean kodean codiceean codigoean "
         "codigobarras codbarras codbare kodkreskowy carovykod strichcode eannummer eannr gtinnummer isbn штрихкод баркод "
         "шк vonalkod vonalkodean barkod strekkode streckkod variantbarcode internationalpid internationalaid eanupc jan "
         "gtinean",
         PROBE_TARGET_GTIN, 92},
	{"mpn manufacturerpartnumber partnumber partno vendorcode manufacturercode productno mfrpartnumber mfpn "
         "herstellernummer herstellerartikelnummer herstellerteilenummer kodproducenta katalogovecislo partnr "
         "referencefabricant codiceproduttore codfabricante кодпроизводителя артикулпроизводителя manufactureraid "
         "manufacturerpid oem codfabrica",
         PROBE_TARGET_MPN, 90},

	{"weight shippingweight productweight gewicht versandgewicht waga hmotnost vaha poids peso greutate suly tomeg вес "
         "вага βαρος agirlik vekt vikt paino itemweight variantweight variantgrams grams weightkg weightg netweight "
         "grossweight",
         PROBE_TARGET_WEIGHT, 85},

	{"image imagelink imageurl images img imgurl picture pictures pictureurl photo photos photourl additionalimagelink "
         "additionalimageurl additionalimages mainimage imagesrc thumbnail thumb media gallery bild bilder bildurl "
         "bildlink produktbild obrazek obrazok obraz zdjecie zdjecia imageprincipale lienimage immagine urlimmagine imagen "
         "foto fotos imagem imagine poza kep kepurl kepek изображение картинка фото зображення εικονα resim resimurl "
         "gorsel bilde billede kuva afbeelding imgurlalternative mimesource awimageurl merchantimageurl largeimage "
         "variantimage imglink picturelink imageextra altimage",
         PROBE_TARGET_IMAGES, 90},

	{"category categories categoryid categoryname categorypath categorytext producttype categorytree breadcrumb "
         "breadcrumbs kategorie kategoria kategorien kategoriename kategoriepfad warengruppe kategorietext categorie "
         "rubrique rayon categoria reparto sezione seccion departamento kategorianazwa kategorije category1 "
         "merchantcategory κατηγορια категория категории группа раздел категорія kategori kategoriler tuoteryhma "
         "varegruppe productcategory itemcategory rubriek department section googleproductcategory fbproductcategory "
         "maincategory defaultcategory kategoriak termekkategoria kategoriatext shopcategory",
         PROBE_TARGET_CATEGORIES, 90},
	{"type group collection productgroup taxonomy sortiment", PROBE_TARGET_CATEGORIES, 40},

	{"tags tag keywords keyword labels customlabel schlagworte schlagwort slowakluczowe klicovaslova motscles "
         "paracchiave palabrasclave теги метки ключевыеслова etiketler customlabel0 customlabel1 customlabel2 customlabel3 "
         "customlabel4",
         PROBE_TARGET_TAGS, 85},

	{"color colour size material pattern gender agegroup sizetype sizesystem farbe groesse grosse geschlecht kolor "
         "rozmiar plec barva velikost farba velkost pohlavi couleur taille matiere sexe colore taglia materiale genere "
         "talla cor tamanho culoare marime szin meret anyag цвет размер материал пол колір розмір χρωμα μεγεθος υλικο renk "
         "beden malzeme farge storrelse farg storlek vari koko kleur maat width height length depth breite hoehe laenge "
         "tiefe sirka vyska delka szerokosc wysokosc dlugosc season style finish capacity volume countryoforigin country "
         "warranty garantie garancia zaruka energyefficiencyclass dimensions option1value option2value option3value "
         "option1 option2 option3 vin trim year mileage transmission engine bodystyle drivetrain fueltype exteriorcolor "
         "interiorcolor author publisher artist language",
         PROBE_TARGET_ATTRIBUTES, 70},
};

const size_t field_name_table_size = sizeof(field_name_table) / sizeof(field_name_table[0]);
